"""Whose decorators do not count: an orchestrator's say when a task runs, not what it computes."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Mapping

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.source import function_tree, module_source
from orchestra_cache.fingerprints.origin import module_name_of

__all__ = ["attributes_of", "orchestrated", "orchestrators_of"]

# Of ours, what decorates or holds a task; our datasets are values.
_OURS = ("airflow", "attempt", "cache", "memoized", "prefect", "settings")
_ORCHESTRATORS = {"airflow", "prefect", *(f"orchestra_cache.{name}" for name in _OURS)}

# What Prefect leaves on the function of a task that is a method: whose it was when last called.
# To the task that is an argument; to the code of all who reach it, what happened to be before.
_BOUND = {"__prefect_cls__", "__prefect_self__"}


def attributes_of(function: types.FunctionType) -> dict[str, object]:
    """What was set on a function itself, and what it wraps."""
    held = vars(function)
    return {name: held[name] for name in sorted(held) if name not in _BOUND}


def orchestrated(value: object) -> bool:
    """Whether a value is an orchestrator's, or ours: a decorator, a task, a cache, its module."""
    modules = {module_name_of(value)}
    if not isinstance(value, type):
        # A task may bear the name of its function's module, hence its class's beside it. The class
        # of an operator is its user's own, though Airflow's metaclass made it.
        modules.add(module_name_of(type(value)))
    if isinstance(value, types.ModuleType):
        modules.add(value.__name__)
    return any(map(_orchestrates, modules))


def _orchestrates(module: str) -> bool:
    parts = module.split(".")
    return not _ORCHESTRATORS.isdisjoint((parts[0], ".".join(parts[:2])))


def orchestrators_of(code: types.CodeType, module: Mapping[str, object]) -> frozenset[reach.Chain]:
    """The names in a function's decorators that are an orchestrator's."""
    chains = _decorator_chains(code, code.co_filename)
    return frozenset(one for one in chains if _is_orchestrators(one, code.co_filename, module))


def _is_orchestrators(chain: reach.Chain, file: str, module: Mapping[str, object]) -> bool:
    if chain[0] in module:
        held = reach.resolve(chain, module, lambda name: not _orchestrates(name))
        while isinstance(held, functools.partial):
            # `cached = task(cache_policy=…)`, which decorates several, is one in Prefect.
            held = held.func
        return orchestrated(held)
    # A function that was pickled by value has left the names of its decorators behind.
    source = module_source(file)
    return source is not None and _orchestrates(source.origins.get(chain[0], ""))


@functools.lru_cache(maxsize=8192)
def _decorator_chains(code: types.CodeType, file: str) -> frozenset[reach.Chain]:
    tree = function_tree(code)
    decorators = (
        tree.decorator_list if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
    )
    return frozenset(chain for part in decorators for chain in reach.chains_of_tree(part))
