"""Where an operator that is the user's own looks into the context that Airflow hands it."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Collection, Iterable, Iterator

from orchestra_cache.fingerprints.code.source import function_tree
from orchestra_cache.fingerprints.origin import origin_of

__all__ = ["asked_by", "looks_into"]


def looks_into(kind: type, first_party: Collection[str]) -> Iterator[str]:
    """Name the methods of an operator that do more with the context than to hand it up.

    Installed operators are not followed: what they need they are given as arguments.
    """
    for one in kind.__mro__:
        if origin_of(one.__module__, first_party).first_party:
            for name, method in vars(one).items():
                bare = inspect.unwrap(method) if callable(method) else None
                if isinstance(bare, types.FunctionType) and _uses(bare, _handed(name, bare)):
                    yield f"the context in {one.__qualname__}.{name}"


def asked_by(functions: Iterable[types.FunctionType], context: Collection[str]) -> Iterator[str]:
    """Name what functions among the arguments may be given of the context."""
    own = (one for one in functions if origin_of(one.__module__ or "").first_party)
    for function in own:
        for name, parameter in inspect.signature(function).parameters.items():
            if name in context or name == "context" or parameter.kind is parameter.VAR_KEYWORD:
                yield f"`{name}`, which Airflow may pass to {function.__qualname__}"


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
