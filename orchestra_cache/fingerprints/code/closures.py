"""How a variable of an enclosing function, or a default, got a value that has no identity."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from orchestra_cache.fingerprints.code.loaded import loaded_source, sourceless
from orchestra_cache.fingerprints.code.makings import Making, Makings, making_in
from orchestra_cache.fingerprints.code.source import ModuleSource, scope_of
from orchestra_cache.fingerprints.code.syntax import FunctionTree

__all__ = ["making_around", "making_of_default", "makings_of_closure"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# How many layers of decorators are looked under.
_DEEPEST = 16


def makings_of_closure(function: types.FunctionType) -> Makings:
    """The outermost function around this one; if it takes arguments, how it was called as well."""
    names, file = function.__globals__, function.__code__.co_filename
    source = loaded_source(names, file)
    tree = None if source is None else source.tree_of(function.__code__)
    if source is None or tree is None:
        return sourceless(names) if source is None else []
    outer = _outermost(source, tree)
    if outer is None:
        return []
    around = _around(names, outer, source)
    if not _takes_arguments(outer, tree):
        return [around]
    calls = _calls(function)
    return [around, *calls] if calls else []


def making_around(function: types.FunctionType) -> Making | None:
    """The statement of the outermost function or class that a function stands in."""
    names, file = function.__globals__, function.__code__.co_filename
    source = loaded_source(names, file)
    tree = None if source is None else source.tree_of(function.__code__)
    if source is None or tree is None:
        return None
    for statement in scope_of(source.tree.body):
        definition = isinstance(statement, (*_FUNCTIONS, ast.ClassDef))
        if definition and statement.lineno <= tree.lineno <= (statement.end_lineno or 0):
            return _around(names, statement, source)
    return None


def _around(names: Mapping[str, object], outer: Any, source: ModuleSource) -> Making:
    return Making(names, f"around {outer.name}", (outer,), source)


def _outermost(
    source: ModuleSource, tree: FunctionTree
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The definition at the top of the module, or of a class, that a function stands in."""
    todo = list(scope_of(source.tree.body))
    while todo:
        statement = todo.pop()
        last = statement.end_lineno or 0
        if not statement.lineno <= tree.lineno <= last or statement is tree:
            continue
        if isinstance(statement, _FUNCTIONS):
            return statement
        if isinstance(statement, ast.ClassDef):
            todo += scope_of(statement.body)
    return None


def _takes_arguments(outer: ast.AST, inner: FunctionTree) -> bool:
    """Whether a function around the inner one has parameters."""
    around = [
        part
        for part in ast.walk(outer)
        if isinstance(part, (*_FUNCTIONS, ast.Lambda))
        and part is not inner
        and part.lineno <= inner.lineno <= (part.end_lineno or 0)
    ]
    return any(next(_parameters(part.args), None) for part in around)


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _calls(function: types.FunctionType) -> Makings:
    """The statements that bind the names of the inner function: `task = make(client)`."""
    found: list[Making | types.ModuleType] = []
    for names in _modules(function):
        file = str(names.get("__file__") or function.__code__.co_filename)
        for name, value in list(names.items()):
            if _leads_to(value, function):
                found += making_in(names, file, name)
    return found


def _modules(function: types.FunctionType) -> Iterator[Mapping[str, object]]:
    yield function.__globals__
    module = sys.modules.get(function.__module__ or "")
    # `wraps` copies the name of the wrapped function's module onto the wrapper.
    if module is not None and vars(module) is not function.__globals__:
        yield vars(module)


def _leads_to(value: object, function: types.FunctionType) -> bool:
    for _ in range(_DEEPEST):
        if value is function:
            return True
        # Asked statically: a proxy may do anything when asked for an attribute.
        if inspect.getattr_static(value, "__wrapped__", None) is None:
            return False
        value = getattr(value, "__wrapped__", None)
    return False


def making_of_default(function: types.FunctionType, name: str) -> Makings:
    """The expression of a default; of a nested function, the functions around it too."""
    names, file = function.__globals__, function.__code__.co_filename
    source = loaded_source(names, file)
    tree = None if source is None else source.tree_of(function.__code__)
    if source is None or tree is None:
        return sourceless(names) if source is None else []
    if _outermost(source, tree) is not None:
        return makings_of_closure(function)
    found = _default(tree.args, name)
    return [Making(names, f"{function.__qualname__} {name}", (found,), source)] if found else []


def _default(arguments: ast.arguments, name: str) -> ast.expr | None:
    positional = [*arguments.posonlyargs, *arguments.args]
    count = len(positional) - len(arguments.defaults)
    pairs = [
        *zip(positional[count:], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((value for one, value in pairs if one.arg == name), None)
