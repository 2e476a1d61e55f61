"""Which syntax tree a loaded function was compiled from — if it still is the one on disk."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestra_cache.fingerprints.syntax import FunctionTree

__all__ = ["ModuleSource", "class_tree", "function_tree", "module_source"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


# Whoever names one of these can read a docstring or an annotation.
_READS_DOCUMENTATION = frozenset({"__doc__", "__annotations__", "get_type_hints", "inspect"})


@dataclass(frozen=True)
class ModuleSource:
    """A source file, parsed and compiled once; functions are found by name and first line."""

    tree: ast.Module
    functions: dict[tuple[str, int], list[FunctionTree]] = field(default_factory=dict)
    codes: dict[tuple[str, int], list[types.CodeType]] = field(default_factory=dict)
    names: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    @functools.cached_property
    def origins(self) -> dict[str, str]:
        """The module that a top-level name comes from, as far as the text says.

        A name that is assigned comes from where its value's first name does: `cache = Cache(…)`.
        """
        found: dict[str, str] = {}
        for statement in _statements(self.tree.body):
            found.update(_bound_by(statement, found))
        return found

    @functools.cached_property
    def reads_documentation(self) -> bool:
        return any(
            getattr(part, name, None) in _READS_DOCUMENTATION
            for part in ast.walk(self.tree)
            for name in ("id", "attr", "name")
        )


def _bound_by(statement: ast.stmt, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(statement, ast.Import):
        for one in statement.names:
            yield one.asname or one.name.partition(".")[0], one.name
    elif isinstance(statement, ast.ImportFrom):
        for one in statement.names:
            yield one.asname or one.name, statement.module or ""
    elif isinstance(statement, ast.Assign):
        roots = (part.id for part in ast.walk(statement.value) if isinstance(part, ast.Name))
        module = known.get(next(roots, ""), "")
        yield from ((part.id, module) for part in statement.targets if isinstance(part, ast.Name))


def function_tree(code: types.CodeType) -> FunctionTree | None:
    """The tree whose compiled form is this loaded code; None where there is none.

    A file edited after the import is not what runs: the tree counts only if compiling it gives
    this very code, constants, names and nested functions included.
    """
    source = module_source(code.co_filename)
    if source is None:
        return None
    # Where it stood when it was loaded first, then wherever lines have moved to since.
    here = (code.co_name, code.co_firstlineno)
    elsewhere = [place for place in source.names.get(code.co_name, []) if place != here]
    for place in [here, *dict.fromkeys(elsewhere)]:
        found = _match(code, source.codes.get(place, []), source.functions.get(place, []))
        if found is not None:
            return found
    return None


def class_tree(kind: type) -> ast.ClassDef | None:
    """The tree of a class statement, found by its qualified name; None where there is none."""
    try:
        file = inspect.getsourcefile(kind) or ""
    except (OSError, TypeError):
        # The first where there is no file: a class made at the prompt, or given to `python -c`.
        return None
    source = module_source(file)
    if source is None or "<locals>" in kind.__qualname__:
        return None
    body: list[ast.stmt] = source.tree.body
    found: ast.ClassDef | None = None
    for name in kind.__qualname__.split("."):
        classes = [part for part in _statements(body) if isinstance(part, ast.ClassDef)]
        found = next((part for part in reversed(classes) if part.name == name), None)
        body = found.body if found is not None else []
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of one scope, those under `if`, `try` and `with` included."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(statement, (*_DEFINITIONS, ast.ClassDef)):
                yield from _statements(getattr(statement, name, []))


def module_source(file: str) -> ModuleSource | None:
    """Parse and compile a file as it is now; None where there is no source to read."""
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    return _parsed("".join(lines), file) if lines else None


@functools.lru_cache(maxsize=256)
def _parsed(text: str, file: str) -> ModuleSource | None:
    try:
        tree = ast.parse(text, file)
        code = compile(text, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    source = ModuleSource(tree)
    for part in ast.walk(tree):
        if isinstance(part, (*_DEFINITIONS, ast.Lambda)):
            source.functions.setdefault(_place(part), []).append(part)
    for nested in _nested(code):
        place = (nested.co_name, nested.co_firstlineno)
        source.codes.setdefault(place, []).append(nested)
        source.names.setdefault(nested.co_name, []).append(place)
    return source


def _place(tree: FunctionTree) -> tuple[str, int]:
    if isinstance(tree, ast.Lambda):
        return "<lambda>", tree.lineno
    lines = [decorator.lineno for decorator in tree.decorator_list]
    return tree.name, min([tree.lineno, *lines])


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    todo = [code]
    while todo:
        for constant in todo.pop().co_consts:
            if isinstance(constant, types.CodeType):
                todo.append(constant)
                yield constant


def _match(
    code: types.CodeType, codes: list[types.CodeType], trees: list[FunctionTree]
) -> FunctionTree | None:
    equal = [candidate for candidate in codes if _same(candidate, code)]
    if not equal:
        return None
    if len(trees) == 1:
        return trees[0]
    placed = [tree for tree in trees if _column(tree) == _start(equal[0])]
    return next(iter(placed or [tree for tree in trees if _compiles_to(tree, code)]), None)


def _compiles_to(tree: FunctionTree, code: types.CodeType) -> bool:
    """Whether a lambda compiled alone is this code: what is left where positions are unknown."""
    if not isinstance(tree, ast.Lambda):
        return False
    alone = compile(ast.Expression(tree), code.co_filename, "eval", dont_inherit=True)
    return any(_same(candidate, code) for candidate in _nested(alone))


def _column(tree: FunctionTree) -> tuple[int, int] | None:
    body = tree.body if isinstance(tree, ast.Lambda) else tree.body[-1]
    return body.lineno, body.col_offset


def _start(code: types.CodeType) -> tuple[int, int] | None:
    """Where the body of a lambda begins, if this Python's code objects say (3.11 and later)."""
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return None
    places = [(line, column) for line, _, column, _ in positions() if line and column]
    return min(places, default=None)


def _same(left: types.CodeType, right: types.CodeType) -> bool:
    """Whether two code objects do the same; line numbers and file names do not matter."""
    plain = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags")
    counts = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_name")
    if any(getattr(left, name) != getattr(right, name) for name in plain + counts):
        return False
    if len(left.co_consts) != len(right.co_consts):
        return False
    return all(map(_same_constant, left.co_consts, right.co_consts))


def _same_constant(left: object, right: object) -> bool:
    if isinstance(left, types.CodeType) and isinstance(right, types.CodeType):
        return _same(left, right)
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same_constant, left, right))
    # repr tells 0.0 from -0.0, and NaN equals itself.
    return left == right if isinstance(left, frozenset) else repr(left) == repr(right)
