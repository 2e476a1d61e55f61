"""Which names a piece of code reaches outside itself, and what they are bound to now."""

from __future__ import annotations

import ast
import builtins
import dis
import functools
import importlib
import importlib.util
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from orchestra_cache.fingerprints.origin import Origin

__all__ = ["UNBOUND", "Chain", "Unbound", "chains_of_code", "chains_of_tree", "resolve", "scope_of"]

# `module.attribute.name` as written, root first.
Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name that is bound to nothing now; `package` is where a local import would get it."""

    package: str = ""


UNBOUND = Unbound()


def chains_of_tree(tree: ast.AST) -> Iterator[Chain]:
    """Yield every name and dotted name a tree loads, longest form only."""
    inner: set[ast.AST] = set()
    for part in ast.walk(tree):
        if part in inner or not isinstance(part, (ast.Name, ast.Attribute)):
            continue
        names: list[str] = []
        step: ast.AST = part
        while isinstance(step, ast.Attribute):
            names.append(step.attr)
            step = step.value
            inner.add(step)
        if isinstance(step, ast.Name):
            yield (step.id, *reversed(names))


def chains_of_code(code: types.CodeType) -> Iterator[Chain]:
    """Yield the global names and dotted names that bytecode loads, nested functions included."""
    todo = [code]
    while todo:
        current = todo.pop()
        todo.extend(part for part in current.co_consts if isinstance(part, types.CodeType))
        names: list[str] = []
        for instruction in dis.get_instructions(current):
            if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and names:
                names.append(instruction.argval)
                continue
            if names:
                yield tuple(names)
            starts = instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF")
            names = [instruction.argval] if starts else []


@functools.lru_cache(maxsize=8192)
def _global_names(code: types.CodeType) -> frozenset[str]:
    """Names that are looked up in the module.

    Variables of enclosing functions are none of them: whether a comprehension is a function, and
    has such, depends on the Python.
    """
    names: set[str] = set()
    todo = [code]
    while todo:
        current = todo.pop()
        todo.extend(part for part in current.co_consts if isinstance(part, types.CodeType))
        names.update(
            instruction.argval
            for instruction in dis.get_instructions(current)
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
        )
    return frozenset(names)


def scope_of(
    function: types.FunctionType, tree: ast.AST | None, origin: Callable[[str], Origin]
) -> Mapping[str, object]:
    """What the free names of a function are bound to: closure, globals, and its own imports."""
    code = function.__code__
    scope: dict[str, object] = {}
    for root in _global_names(code):
        scope[root] = function.__globals__.get(root, getattr(builtins, root, UNBOUND))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        scope[name] = _content(cell)
    if tree is not None:
        package = str(function.__globals__.get("__package__") or "")
        scope.update(_local_imports(tree, package, origin))
    return scope


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return UNBOUND


def _local_imports(
    tree: ast.AST, package: str, origin: Callable[[str], Origin]
) -> Iterator[tuple[str, object]]:
    for part in ast.walk(tree):
        if isinstance(part, ast.Import):
            for alias in part.names:
                top = alias.name.partition(".")[0]
                if alias.asname:
                    yield alias.asname, _imported(alias.name, origin)
                else:
                    _imported(alias.name, origin)
                    yield top, _imported(top, origin)
        elif isinstance(part, ast.ImportFrom):
            module = _absolute(part, package)
            for alias in part.names:
                yield alias.asname or alias.name, _member(module, alias.name, origin)


def _absolute(part: ast.ImportFrom, package: str) -> str:
    name = part.module or ""
    if not part.level:
        return name
    return importlib.util.resolve_name("." * part.level + name, package)


def _imported(name: str, origin: Callable[[str], Origin]) -> object:
    """Import the user's own module, as the function would; others are told by name only."""
    if not origin(name).first_party:
        return Unbound(name)
    try:
        return importlib.import_module(name)
    except ImportError:
        return Unbound(name)


def _member(module: str, name: str, origin: Callable[[str], Origin]) -> object:
    held = _imported(module, origin)
    if not isinstance(held, types.ModuleType):
        return held
    if hasattr(held, name):
        return getattr(held, name)
    return _imported(f"{module}.{name}", origin)


def resolve(chain: Chain, scope: Mapping[str, object], follows: Callable[[str], bool]) -> object:
    """What a dotted name is bound to, as far as it goes through modules that are followed.

    A class, a value or somebody else's module ends the walk: it counts as a whole.
    """
    held = scope.get(chain[0], UNBOUND)
    for name in chain[1:]:
        if not isinstance(held, types.ModuleType) or not follows(held.__name__):
            return held
        if not hasattr(held, name):
            return held
        held = getattr(held, name)
    return held
