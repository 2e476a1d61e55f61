"""What a task reads of its run that no key sees by itself, and what of it was declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from orchestra_cache import surroundings
from orchestra_cache.airflow._compat import runs
from orchestra_cache.airflow.clears import without_asked
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Uncached
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.fingerprints.values.nodes import short_repr
from orchestra_cache.surroundings import Surroundings

__all__ = ["UNSEEN", "VALUES", "RunContext", "unseen"]

# Of what Airflow passes by name, these are plain values that say what a run is about.
VALUES = frozenset({
    "data_interval_end", "data_interval_start", "ds", "ds_nodash", "logical_date", "params",
    "partition_key", "templates_dict", "ts", "ts_nodash", "ts_nodash_with_tz",
})  # fmt: skip

# What is told there is kept with the result, and told again on a hit.
_TOLD = frozenset({"outlet_events"})

# What Airflow gives a task beside its arguments, by every name that one of its versions has for
# it. A name that a version lacks is never reached.
UNSEEN = frozenset({
    "airflow.operators.python.get_current_context",
    "airflow.providers.standard.operators.python.get_current_context",
    "airflow.sdk.get_current_context", "airflow.sdk.definitions.context.get_current_context",
    "airflow.hooks.base.BaseHook.get_connection", "airflow.hooks.base.BaseHook.get_hook",
    "airflow.sdk.BaseHook.get_connection", "airflow.sdk.BaseHook.get_hook",
    "airflow.sdk.bases.hook.BaseHook.get_connection", "airflow.sdk.bases.hook.BaseHook.get_hook",
    "airflow.models.Connection.get_connection_from_secrets",
    "airflow.models.connection.Connection.get_connection_from_secrets",
    "airflow.sdk.Connection.get", "airflow.sdk.definitions.connection.Connection.get",
    "airflow.models.Variable.get", "airflow.models.variable.Variable.get",
    "airflow.sdk.Variable.get", "airflow.sdk.definitions.variable.Variable.get",
    "airflow.models.xcom.BaseXCom.get_many", "airflow.models.xcom.BaseXCom.get_one",
    "airflow.models.xcom.BaseXCom.get_value",
    "airflow.sdk.bases.xcom.BaseXCom.get_all", "airflow.sdk.bases.xcom.BaseXCom.get_one",
    "airflow.sdk.bases.xcom.BaseXCom.get_value",
    "airflow.models.dagrun.DagRun.find", "airflow.models.taskinstance.TaskInstance.xcom_pull",
    "airflow.utils.session.create_session",
    # Of the run that a worker is in, Airflow sets variables of its process.
    "text:AIRFLOW_CTX_",
})  # fmt: skip

_OF = ("dag", "dag_run", "params", "task", "task_instance", "ti")
_FIELD = re.compile(rf"({'|'.join(_OF)})\.(\w+)")
_VARIABLE = re.compile(r"variable:(\S+)")
_MORE = re.compile(rf"{_FIELD.pattern}|{_VARIABLE.pattern}")


class RunContext(Surroundings):
    """What a task reads of its run, by name: `ds`, `params.region`, `variable:rate`.

    Raises:
        ConfigurationError: There can be nothing of that name.
    """

    def added_to(
        self, recipe: Recipe, context: Mapping[str, Any], *, secret: bytes | None
    ) -> Recipe:
        """The recipe with what all of it is in a run.

        Args:
            secret: The key of 32 bytes under which secrets are digested.

        Raises:
            ContextError: Something cannot be read.
            FingerprintError: Something that was read has no identity.
        """
        return self._added(recipe, partial(_asked, context), secret=secret)

    @staticmethod
    def _check(name: object) -> None:
        if isinstance(name, str) and (name in VALUES or _MORE.fullmatch(name)):
            return
        places = [*sorted(VALUES), *(f"{place}.…" for place in _OF), "variable:NAME"]
        raise ConfigurationError(
            f"context names {short_repr(name)}, which a run does not have or no key can hold",
            f"there are: {', '.join(places)}",
        )


def unseen(
    declaration: Declaration, asked: Iterable[str], context: RunContext | None
) -> Uncached | None:
    """Why a task must not be cached whose context was not declared; None if it may be.

    Args:
        asked: What Airflow passes because the callable has a parameter of that name, or `**`.
    """
    if context is not None:
        return None
    passed = sorted(set(asked) - VALUES - _TOLD - declaration.ignore)
    shown = ", ".join(f"`{name}`" for name in passed[:4]) + (" …" if len(passed) > 4 else "")
    found = (f"{shown}, which Airflow passes",) if passed else ()
    return surroundings.unseen(declaration, (*found, *declaration.reaches(UNSEEN)), ["ds"])


def _asked(context: Mapping[str, Any], name: str) -> object:
    variable, field = _VARIABLE.fullmatch(name), _FIELD.fullmatch(name)
    if variable:
        return runs.variable(variable[1])
    if name == "dag_run.conf":
        return without_asked(runs.conf(context))
    if name == "params":
        return without_asked(context.get("params") or {})
    if not field:
        # A run that nobody scheduled has no dates: that is what it says.
        return context.get(name)
    holder = context[field[1]]
    return holder[field[2]] if field[1] == "params" else getattr(holder, field[2])
