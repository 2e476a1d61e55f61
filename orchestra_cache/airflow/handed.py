"""Where a Ref may stand for a value: in arguments that nobody looks into before they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.refs import wants_refs

__all__ = ["asking_for_refs", "changed", "is_looked_into"]

# True while a plain container of arguments is rendered, part by part.
_within: ContextVar[bool] = ContextVar("orchestra_cache_within_arguments", default=False)

# What an operator is executed by, from the outside to the inside.
_STEPS = ("execute", "aexecute", "execute_callable", "aexecute_callable")


@contextmanager
def asking_for_refs(operator: Any, content: Any) -> Iterator[None]:
    """While a template is rendered: ask for a Ref if `changed` will find it again.

    A template looks inside, and so does who reads a field that is no argument of the callable.
    """
    inside = _within.get()
    starts = content is operator.op_args or content is operator.op_kwargs
    plain = type(content) in (list, tuple, set, dict)
    within = _within.set(plain and (inside or starts))
    wants = wants_refs.set(inside and _compat.is_output(content))
    try:
        yield
    finally:
        wants_refs.reset(wants)
        _within.reset(within)


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change what is in the plain containers that templates are rendered into."""
    if type(value) in (list, tuple, set):
        return type(value)(changed(part, change) for part in value)
    if type(value) is dict:
        return {name: changed(part, change) for name, part in value.items()}
    return change(value)


def is_looked_into(operator: Any) -> bool:
    """Whether code that is neither Airflow's nor ours is handed an operator's result in its run."""
    if _compat.has_post_execute(operator):
        return True
    return any(
        name in vars(kind) and not kind.__module__.startswith(("airflow.", "orchestra_cache."))
        for kind in type(operator).__mro__
        for name in _STEPS
    )
