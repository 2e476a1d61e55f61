"""Where an operator that is the user's own looks at the run, or the task, that it is for."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Collection, Iterable, Iterator

from orchestra_cache.airflow._compat.executions import names_of_tasks
from orchestra_cache.airflow.operands import COUNTED
from orchestra_cache.fingerprints.code.source import function_tree
from orchestra_cache.fingerprints.origin import origin_of

__all__ = ["asked_by", "looks_into"]


# What a constructor makes of its task, the operator holds: that counts.
_CONSTRUCTORS = ("__init__", "__post_init__")


def looks_into(kind: type, first_party: Collection[str]) -> Iterator[str]:
    """Name what the methods of an operator read of the context, beyond handing it up, and of it.

    Of an operator this is what it holds as every task does: `self.task_id`, `self.params`.
    Installed operators are not followed: what they need they are given as arguments.
    """
    for one in kind.__mro__:
        if origin_of(one.__module__, first_party).first_party:
            for name, method in _methods(one):
                place = f"{one.__qualname__}.{name}"
                if _uses(method, _handed(name, method)):
                    yield f"the context in {place}"
                if name not in _CONSTRUCTORS:
                    yield from (f"`self.{read}` in {place}" for read in _read_of_task(method))


def asked_by(functions: Iterable[types.FunctionType], context: Collection[str]) -> Iterator[str]:
    """Name what functions among the arguments may be given of the context."""
    own = (one for one in functions if origin_of(one.__module__ or "").first_party)
    for function in own:
        for name, parameter in inspect.signature(function).parameters.items():
            if name in context or name == "context" or parameter.kind is parameter.VAR_KEYWORD:
                yield f"`{name}`, which Airflow may pass to {function.__qualname__}"


def _methods(kind: type) -> Iterator[tuple[str, types.FunctionType]]:
    for name, held in vars(kind).items():
        method = held.fget if isinstance(held, property) else held
        method = method.func if isinstance(method, functools.cached_property) else method
        bare = inspect.unwrap(method) if callable(method) else None
        if isinstance(bare, types.FunctionType):
            yield name, bare


def _handed(name: str, method: types.FunctionType) -> str | None:
    """What the context is called in a method, if it is given it."""
    names = list(inspect.signature(method).parameters)
    if name in ("execute", "aexecute") and len(names) > 1:
        return names[1]
    return "context" if "context" in names else None


def _uses(method: types.FunctionType, context: str | None) -> bool:
    if context is None:
        return False
    tree = function_tree(method.__code__)
    if tree is None:
        # Nobody can say without its source.
        return True
    handed = {id(part) for call in ast.walk(tree) if _goes_up(call) for part in _arguments(call)}
    return any(
        isinstance(part, ast.Name) and part.id == context and id(part) not in handed
        for part in ast.walk(tree)
    )


def _read_of_task(method: types.FunctionType) -> list[str]:
    """What a method reads of its operator that no key of it holds."""
    tree, code = function_tree(method.__code__), method.__code__
    # Nobody can say of what it is read, without its source.
    read = code.co_names if tree is None else _read_of(tree, code.co_varnames[:1])
    return sorted({*read} & names_of_tasks() - COUNTED)


def _read_of(tree: ast.AST, names: Collection[str]) -> Iterator[str]:
    for part in ast.walk(tree):
        if not (isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load)):
            continue
        if isinstance(part.value, ast.Name) and part.value.id in names:
            yield part.attr


def _goes_up(call: ast.AST) -> bool:
    """Whether it is `super().execute(…)`."""
    held = call.func.value if _is_method_call(call) else None  # type: ignore[attr-defined]
    return (
        isinstance(held, ast.Call) and isinstance(held.func, ast.Name) and held.func.id == "super"
    )


def _is_method_call(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)


def _arguments(call: ast.AST) -> Iterator[ast.AST]:
    if isinstance(call, ast.Call):
        yield from call.args
        yield from (one.value for one in call.keywords)
