"""What Airflow says of the run of a task, in either version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

try:  # Airflow 3
    from airflow.sdk import Param, Variable
except ImportError:
    from airflow.models import Variable
    from airflow.models.param import Param

__all__ = [
    "choice",
    "cleared_at",
    "conf",
    "newly_cleared",
    "producer",
    "task_id",
    "timeout",
    "variable",
]

_MISSING = object()


def choice(values: list[str], description: str) -> Any:
    """A param that is one of these; the first is what it is if nobody says anything."""
    return Param(values[0], type="string", enum=values, description=description)


def conf(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the run was triggered with."""
    given = getattr(context.get("dag_run"), "conf", None)
    return given if isinstance(given, Mapping) else {}


def cleared_at(context: Mapping[str, Any]) -> int | None:
    """The number of the first try of a task instance since somebody cleared it, if that is past.

    Clearing sets the most tries to those that there were and as many again as the task has.
    """
    instance, retries = context["ti"], context["task"].retries or 0
    first = instance.max_tries - retries + 1
    return first if instance.max_tries > retries and instance.try_number >= first else None


def newly_cleared(context: Mapping[str, Any]) -> bool:
    """Whether this is that try."""
    return bool(cleared_at(context) == context["ti"].try_number)


def task_id(context: Mapping[str, Any]) -> str:
    return str(context["ti"].task_id)


def producer(context: Mapping[str, Any]) -> str:
    """Who computes this, in Airflow's words."""
    instance = context["ti"]
    index = f"[{instance.map_index}]" if instance.map_index >= 0 else ""
    return f"Airflow {instance.dag_id}/{instance.run_id}/{instance.task_id}{index}"


def timeout(operator: Any) -> float | None:
    """Seconds that a task may take; None if it may take any."""
    limit = operator.execution_timeout
    return None if limit is None else float(limit.total_seconds())


def variable(name: str) -> object:
    """The value of a variable, as a text.

    Raises:
        LookupError: There is none.
    """
    try:
        value = Variable.get(name, _MISSING)
    except KeyError:
        value = _MISSING
    if value is _MISSING:
        raise LookupError(f"there is no variable {name}")
    return value
