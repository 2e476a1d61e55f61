"""Which syntax tree a loaded function was compiled from — if it still is the one on disk."""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import re
import types
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from orchestra_cache.fingerprints.code.compiled import compiled, nested_codes, parsed_tree, same
from orchestra_cache.fingerprints.code.syntax import FunctionTree

__all__ = [
    "ModuleSource",
    "function_tree",
    "module_source",
    "parsed",
    "readable",
    "scope_of",
]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

# Whoever names one of these can read a docstring or an annotation.
_READS_DOCUMENTATION = frozenset({"__doc__", "__annotations__", "get_type_hints", "inspect"})
_MENTIONS_DOCUMENTATION = re.compile("|".join(_READS_DOCUMENTATION))

# A function says which of these it was compiled under; its tree is compiled the same way.
_FUTURE: int = functools.reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)

_MOST_FILES = 256

# By file: its lines as they were when it was read last, and what they say.
_read: dict[str, tuple[list[str], ModuleSource | None]] = {}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One top-level statement, compiled; its functions are found by name and first line."""

    functions: dict[tuple[str, int], list[FunctionTree]] = field(default_factory=dict)
    codes: dict[tuple[str, int], list[types.CodeType]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ModuleSource:
    """A source file, parsed once. Only the statements that somebody asks for are compiled."""

    text: str
    file: str
    tree: ast.Module
    pieces: dict[tuple[int, int], _Piece] = field(default_factory=dict)

    @functools.cached_property
    def origins(self) -> dict[str, str]:
        """The module that a top-level name comes from, as far as the text says.

        A name that is assigned comes from where its value's first name does: `cache = Cache(…)`.
        """
        found: dict[str, str] = {}
        for statement in scope_of(self.tree.body):
            found.update(_bound_by(statement, found))
        return found

    @functools.cached_property
    def reads_documentation(self) -> bool:
        return bool(_MENTIONS_DOCUMENTATION.search(self.text)) and any(
            getattr(part, name, None) in _READS_DOCUMENTATION
            for part in ast.walk(self.tree)
            for name in ("id", "attr", "name")
        )

    @functools.cached_property
    def named(self) -> dict[str, list[int]]:
        """Positions of the top-level statements in which a function of some name is defined."""
        found: dict[str, dict[int, None]] = {}
        for position, statement in enumerate(self.tree.body):
            for part in ast.walk(statement):
                if isinstance(part, _FUNCTIONS):
                    found.setdefault(_place(part)[0], {})[position] = None
        return {name: list(positions) for name, positions in found.items()}

    def tree_of(self, code: types.CodeType) -> FunctionTree | None:
        """The tree that compiles to this code: where it stood when it was loaded, or elsewhere."""
        for position in self._positions(code):
            piece = self._piece(position, code.co_flags & _FUTURE)
            for place in _places(piece, code):
                found = _match(code, piece.codes[place], piece.functions.get(place, []))
                if found is not None:
                    return found
        return None

    def _positions(self, code: types.CodeType) -> Iterator[int]:
        here = self._at(code.co_firstlineno)
        yield from here
        # Only now, since this looks through all of a module.
        yield from (one for one in self.named.get(code.co_name, []) if one not in here)

    @functools.cached_property
    def _starts(self) -> list[int]:
        return [_first_line(statement) for statement in self.tree.body]

    def _at(self, line: int) -> list[int]:
        """Positions of the statements that a line belongs to: several, if they share it."""
        last = first = bisect_right(self._starts, line)
        while first > 0 and (self.tree.body[first - 1].end_lineno or 0) >= line:
            first -= 1
        return list(range(first, last))

    def _piece(self, position: int, flags: int) -> _Piece:
        piece = self.pieces.get((position, flags))
        if piece is None:
            # Python compiles calls on what is imported at the top level in a way of their own.
            around = ast.Module([*self._imports, self.tree.body[position]], [])
            piece = self.pieces[position, flags] = _compiled(around, self.file, flags)
        return piece

    @functools.cached_property
    def _imports(self) -> list[ast.stmt]:
        return [
            one
            for one in scope_of(self.tree.body)
            if isinstance(one, ast.Import)
            or (isinstance(one, ast.ImportFrom) and one.module != "__future__")
        ]


def _compiled(module: ast.Module, file: str, flags: int) -> _Piece:
    piece, code = _Piece(), compiled(module, file, flags)
    for part in ast.walk(module) if code is not None else ():
        if isinstance(part, _FUNCTIONS):
            piece.functions.setdefault(_place(part), []).append(part)
    for nested in nested_codes(code) if code is not None else ():
        place = (nested.co_name, nested.co_firstlineno)
        piece.codes.setdefault(place, []).append(nested)
    return piece


def _places(piece: _Piece, code: types.CodeType) -> list[tuple[str, int]]:
    here = (code.co_name, code.co_firstlineno)
    named = [place for place in piece.codes if place[0] == code.co_name]
    return sorted(named, key=lambda place: place != here)


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
    return None if source is None else source.tree_of(code)


def scope_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of one scope, those under `if`, `try`, `with`, `for` and `match` included."""
    for statement in body:
        yield statement
        if isinstance(statement, _DEFINITIONS):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from scope_of(getattr(statement, name, []))
        for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from scope_of(branch.body)


def readable(file: str, names: dict[str, Any]) -> None:
    """Let a module's loader read its source, where no file system can: in a zip."""
    linecache.lazycache(file, names)


def module_source(file: str) -> ModuleSource | None:
    """Parse a file as it is now; None where there is no source to read."""
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    # As long as a file stays the same, so does the list: joining 70,000 lines takes 1 ms.
    if file not in _read or _read[file][0] is not lines:
        _read[file] = lines, parsed("".join(lines), file) if lines else None
        if len(_read) > _MOST_FILES:
            del _read[next(iter(_read))]
    return _read[file][1]


@functools.lru_cache(maxsize=256)
def parsed(text: str, file: str) -> ModuleSource | None:
    """Parse a text; None where it is no Python."""
    tree = parsed_tree(text, file)
    return None if tree is None else ModuleSource(text, file, tree)


def _place(tree: FunctionTree) -> tuple[str, int]:
    return ("<lambda>" if isinstance(tree, ast.Lambda) else tree.name), _first_line(tree)


def _first_line(tree: ast.stmt | FunctionTree) -> int:
    lines = [decorator.lineno for decorator in getattr(tree, "decorator_list", ())]
    return int(min([tree.lineno, *lines]))


def _match(
    code: types.CodeType, codes: list[types.CodeType], trees: list[FunctionTree]
) -> FunctionTree | None:
    equal = [candidate for candidate in codes if same(candidate, code)]
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
    return any(same(candidate, code) for candidate in nested_codes(alone))


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
