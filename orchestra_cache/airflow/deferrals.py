"""What a deferred task was looked up by: left in its XCom until it comes back.

It is no part of what the task resumes with: whoever resumes it may know of no cache by then. XComs
of a task last while it is deferred, and no longer than its try.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from orchestra_cache.airflow.link import SUMMARY
from orchestra_cache.airflow.repeating import Pushed
from orchestra_cache.airflow.runs import OperatorRun

__all__ = ["Begun", "leave", "take_up"]

# Where in the summary.
_DEFERRED = "deferred"


class Begun(msgspec.Struct, frozen=True):
    """A computation that is not at its end.

    Attributes:
        since: When it began, by the clock of the host that it began on.
        pushed: What it has pushed to XCom so far.
    """

    key: str
    since: float
    pushed: Pushed


def leave(run: OperatorRun, begun: Begun) -> None:
    """Leave it with the summary, which is pushed when a run ends."""
    run.telling.summary[_DEFERRED] = msgspec.to_builtins(begun)
    if not run.operator.do_xcom_push:
        run.context["ti"].xcom_push(SUMMARY, run.telling.summary)


def take_up(run: OperatorRun) -> Begun | None:
    """What was left; None if nobody has looked up what this run goes on with."""
    instance, operator = run.context["ti"], run.operator
    summary = instance.xcom_pull(
        task_ids=instance.task_id, key=SUMMARY, map_indexes=instance.map_index
    )
    if not isinstance(summary, Mapping):
        return None
    left: dict[str, Any] = dict(summary)
    begun = left.pop(_DEFERRED, None)
    run.telling.summary.update(left)
    if begun is not None and not operator.do_xcom_push:
        # Else it would be there when the task comes back from another trigger.
        instance.xcom_push(SUMMARY, left)
    return None if begun is None else msgspec.convert(begun, Begun)
