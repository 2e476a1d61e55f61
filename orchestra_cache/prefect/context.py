"""What a task reads of its run that no key sees by itself, and what of it was declared.

A task that reads any of it is not cached before somebody has said what its result depends on.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from orchestra_cache import surroundings
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Uncached
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.fingerprints.values.nodes import short_repr
from orchestra_cache.prefect import _compat
from orchestra_cache.surroundings import ContextError, Surroundings

__all__ = ["UNSEEN", "RunContext", "unseen"]

# What Prefect gives a task beside its arguments: of the run, of what people set on the server, of
# other runs. Not here: what tells and changes nothing (loggers, events, artifacts that are made),
# what says when and not what (concurrency, waiting), and Prefect's settings, which are
# environment variables in another form. A name that a version lacks is never reached.
UNSEEN = frozenset({
    "prefect.artifacts.Artifact.aget", "prefect.artifacts.Artifact.get",
    "prefect.blocks.core.Block.aload", "prefect.blocks.core.Block.aload_from_ref",
    "prefect.blocks.core.Block.load", "prefect.blocks.core.Block.load_from_ref",
    "prefect.client.orchestration.get_client",
    "prefect.context.FlowRunContext.get", "prefect.context.TagsContext.get",
    "prefect.context.TaskRunContext.get", "prefect.context.get_run_context",
    "prefect.deployments.flow_runs.arun_deployment",
    "prefect.deployments.flow_runs.run_deployment",
    "prefect.deployments.arun_deployment", "prefect.deployments.run_deployment",
    "prefect.input.run_input.RunInput.receive", "prefect.input.run_input.receive_input",
    "prefect.results.get_result_store",
    "prefect.runtime",
    "prefect.transactions.get_transaction",
    "prefect.variables.Variable.aget", "prefect.variables.Variable.get",
})  # fmt: skip

# The attributes of `prefect.runtime` that Prefect documents.
_KNOWN = {
    "deployment": {"flow_run_id", "id", "name", "parameters", "version"},
    "flow_run": {
        "api_url", "flow_name", "flow_version", "id", "job_variables", "name", "parameters",
        "parent_deployment_id", "parent_flow_run_id", "root_flow_run_id", "run_count",
        "scheduled_start_time", "tags", "ui_url",
    },
    "task_run": {
        "api_url", "id", "name", "parameters", "run_count", "tags", "task_name", "ui_url",
    },
}  # fmt: skip

_VARIABLE, _BLOCK = re.compile(r"variable:(\S+)"), re.compile(r"block:([\w-]+/\S+)")
_RUNTIME = re.compile(r"prefect\.runtime\.(\w+\.\w+) in ")
_UNORDERED = ("flow_run.tags", "task_run.tags")
_MISSING = object()


class RunContext(Surroundings):
    """What a task reads of its run, by name: `flow_run.name`, `variable:rate`, `block:secret/api`.

    Raises:
        ConfigurationError: There can be nothing of that name.
    """

    def added_to(self, recipe: Recipe, *, secret: bytes | None) -> Recipe:
        """The recipe with what all of it is now, read from the task run that is under way.

        Args:
            secret: The key of 32 bytes under which secrets are digested.

        Raises:
            ContextError: Something cannot be read.
            FingerprintError: Something that was read has no identity.
        """
        return self._added(recipe, _read, secret=secret)

    @staticmethod
    def _check(name: object) -> None:
        if isinstance(name, str):
            if _is_known(name) or _VARIABLE.fullmatch(name) or _BLOCK.fullmatch(name):
                return
            place = name.partition(".")[0]
            known = [f"{place}.{one}" for one in sorted(_KNOWN.get(place, ()))]
        else:
            known = []
        places = [f"{place}.…" for place in _KNOWN] + ["variable:NAME", "block:TYPE/NAME"]
        raise ConfigurationError(
            f"context names {short_repr(name)}, which a task run does not have",
            f"there are: {', '.join(known or places)}",
        )


def unseen(declaration: Declaration, context: RunContext | None) -> Uncached | None:
    """Why a task must not be cached whose context was not declared; None if it may be."""
    found = declaration.reaches(UNSEEN) if context is None else ()
    said = [match[1] for match in map(_RUNTIME.match, found) if match]
    names = sorted({name for name in said if _is_known(name)}) or ["flow_run.name", "variable:rate"]
    return surroundings.unseen(declaration, found, names)


def _is_known(name: str) -> bool:
    place, _, field = name.partition(".")
    return field in _KNOWN.get(place, ())


def _read(name: str) -> object:
    value = _asked(name)
    if value is _MISSING:
        raise ContextError(
            f"there is no {name.replace(':', ' ', 1)}, which the context names",
            "set it in Prefect, or leave it out of `context`",
        )
    return frozenset(value) if name in _UNORDERED else value


def _asked(name: str) -> Any:
    variable, block = _VARIABLE.fullmatch(name), _BLOCK.fullmatch(name)
    if variable:
        return _compat.variable(variable[1], _MISSING)
    if block:
        return _compat.block_fields(block[1])
    place, _, field = name.partition(".")
    return getattr(importlib.import_module(f"prefect.runtime.{place}"), field)
