"""Which tasks a platform's configuration gives a cache, without a word in their DAGs.

Off until both are configured: which operators have no effect but their result, and which DAGs.
"""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Collection, Iterable
from typing import Any

from airflow.policies import hookimpl

from orchestra_cache.airflow._compat.configuration import setting

__all__ = ["task_policy"]

_log = logging.getLogger("orchestra_cache")


@hookimpl
def task_policy(task: Any) -> None:
    """Give a task a cache if its operator and its DAG are configured; Airflow asks at each parse.

    What cannot have one is left as it is, which is said: a DAG imports as it would without.
    """
    try:
        _govern(task)
    except Exception:
        _log.exception("the policy of orchestra_cache left %r as it is", task)


def _govern(task: Any) -> None:
    operators = _listed("policy_operators")
    if not operators or not _is_selected(task):
        return
    kind = getattr(task, "operator_class", type(task))
    names = {kind.__name__, f"{kind.__module__}.{kind.__qualname__}"}
    names.add(getattr(kind, "custom_operator_name", kind.__name__))
    if _matches(names, operators) and not (task.is_setup or task.is_teardown):
        _give(task, kind)


def _is_selected(task: Any) -> bool:
    dag = task.get_dag()
    if dag is None:
        return False
    tagged = not {*_listed("policy_tags")}.isdisjoint(dag.tags or ())
    return tagged or _matches([dag.dag_id], _listed("policy_dags"))


def _give(task: Any, kind: type) -> None:
    # Few processes that parse DAGs come here.
    from orchestra_cache.airflow.callables import CallableCache
    from orchestra_cache.airflow.executions import ExecuteCache
    from orchestra_cache.airflow.wrapping import enable_cache
    from orchestra_cache.events import Uncached, emit

    if issubclass(kind, (CallableCache, ExecuteCache)):
        return
    try:
        enable_cache(task)
    except Exception as error:
        emit(Uncached.because(kind.__name__, error))


def _matches(names: Iterable[str], patterns: Collection[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, one) for name in names for one in patterns)


def _listed(option: str) -> list[str]:
    return setting(option).replace(",", " ").split()
