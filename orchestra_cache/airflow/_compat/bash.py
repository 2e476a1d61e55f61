"""The operators that run a command, which Airflow 2 and 3 keep in different places."""

from __future__ import annotations

try:  # Airflow 3, and 2.11 with the standard provider
    from airflow.providers.standard.decorators.bash import _BashDecoratedOperator
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.decorators.bash import _BashDecoratedOperator
    from airflow.operators.bash import BashOperator

__all__ = ["HELD", "BashDecoratedOperator", "BashOperator"]

BashDecoratedOperator = _BashDecoratedOperator

# What every one of them holds beside its arguments, by each version's name.
HELD = frozenset({
    "_init_bash_command_not_set", "_is_inline_cmd", "_unrendered_bash_command", "subprocess_hook",
})  # fmt: skip
