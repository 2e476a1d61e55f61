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
from orchestra_cache.fingerprints.values.objects import module_label

__all__ = [
    "UNBOUND",
    "Chain",
    "Several",
    "Unbound",
    "chains_of_code",
    "chains_of_tree",
    "imported",
    "imported_members",
    "imports_of",
    "local_imports",
    "resolve",
    "scope_of",
]

# `module.attribute.name` as written, root first.
Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name that is bound to nothing now; `package` is where a local import would get it."""

    package: str = ""


UNBOUND = Unbound()


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """What a name may be bound to, where only running tells: both count."""

    values: tuple[object, ...]


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
    if "__name__" in scope:
        # A label: the same for a script, an import, and Airflow's generated name.
        scope["__name__"] = module_label(str(scope["__name__"]))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        scope[name] = _content(cell)
    if tree is not None:
        package = str(function.__globals__.get("__package__") or "")
        scope.update(local_imports(tree, package, origin))
    return scope


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return UNBOUND


def local_imports(
    tree: ast.AST, package: str, origin: Callable[[str], Origin]
) -> dict[str, object]:
    """What imports within a function bind; several things, if more than one binds a name."""
    found: dict[str, list[object]] = {}
    for name, value in _local_imports(tree, package, origin):
        if not any(value is other for other in found.setdefault(name, [])):
            found[name].append(value)
    return {
        name: values[0] if len(values) == 1 else Several(tuple(values))
        for name, values in found.items()
    }


def _local_imports(
    tree: ast.AST, package: str, origin: Callable[[str], Origin]
) -> Iterator[tuple[str, object]]:
    for part in _imports_in(tree):
        if isinstance(part, ast.Import):
            for alias in part.names:
                top = alias.name.partition(".")[0]
                if alias.asname:
                    yield alias.asname, imported(alias.name, origin)
                else:
                    imported(alias.name, origin)
                    yield top, imported(top, origin)
    for name, module, attribute in imported_members(tree, package):
        yield name, _member(module, attribute, origin)


@functools.lru_cache(maxsize=8192)
def _imports_in(tree: ast.AST) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(part for part in _run(tree) if isinstance(part, (ast.Import, ast.ImportFrom)))


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield a tree and its parts, but for what only type checkers see."""
    todo = [tree]
    while todo:
        part = todo.pop()
        yield part
        if isinstance(part, ast.If) and _for_checkers(part.test):
            todo.extend(part.orelse)
        else:
            todo.extend(ast.iter_child_nodes(part))


def _for_checkers(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING`, and nothing else."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def imported_members(tree: ast.AST, package: str) -> Iterator[tuple[str, str, str]]:
    """Yield the names that a `from` import binds, the module they come from, and its name there."""
    for part in _imports_in(tree):
        if isinstance(part, ast.ImportFrom):
            module = _absolute(part, package)
            yield from ((one.asname or one.name, module, one.name) for one in part.names)


def imports_of(tree: ast.AST, package: str) -> dict[str, list[tuple[str, str]]]:
    """Names that imports within a function bind: modules, and what of each, if not itself."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in _imports_in(tree):
        for one in part.names if isinstance(part, ast.Import) else ():
            top = one.name.partition(".")[0]
            found.setdefault(one.asname or top, []).append((one.name if one.asname else top, ""))
    for name, module, attribute in imported_members(tree, package):
        found.setdefault(name, []).append((module, attribute))
    return found


def _absolute(part: ast.ImportFrom, package: str) -> str:
    name = part.module or ""
    if not part.level:
        return name
    try:
        return importlib.util.resolve_name("." * part.level + name, package)
    except ImportError:
        return name


def imported(name: str, origin: Callable[[str], Origin]) -> object:
    """Import the user's own module, as the function would; others are told by name only."""
    if not origin(name).first_party:
        return Unbound(name)
    try:
        return importlib.import_module(name)
    except Exception:  # whatever it raises, the function would meet it too
        return Unbound(name)


def _member(module: str, name: str, origin: Callable[[str], Origin]) -> object:
    held = imported(module, origin)
    if not isinstance(held, types.ModuleType):
        return held
    if hasattr(held, name):
        return getattr(held, name)
    return imported(f"{module}.{name}", origin)


def resolve(chain: Chain, scope: Mapping[str, object], follows: Callable[[str], bool]) -> object:
    """What a dotted name is bound to, as far as it goes through modules that are followed.

    A class, a value or somebody else's module ends the walk: it counts as a whole.
    """
    held = scope.get(chain[0], UNBOUND)
    if isinstance(held, Several):
        return Several(tuple(_walked(value, chain[1:], follows) for value in held.values))
    return _walked(held, chain[1:], follows)


def _walked(held: object, names: Chain, follows: Callable[[str], bool]) -> object:
    for name in names:
        if not isinstance(held, types.ModuleType) or not follows(held.__name__):
            return held
        if not hasattr(held, name):
            return held
        held = getattr(held, name)
    return held
