"""Compile modules, and say whether two pieces of compiled code do the same."""

from __future__ import annotations

import ast
import contextlib
import gc
import operator
import sys
import types
from collections.abc import Iterator

__all__ = ["compiled", "nested_codes", "parsed_tree", "same"]

# From 3.11 on, which instructions a `try` covers stands beside them.
_TABLES = ("co_exceptiontable",) if sys.version_info >= (3, 11) else ()
_plain = operator.attrgetter(
    "co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags",
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", *_TABLES,
)  # fmt: skip


def parsed_tree(text: str, file: str) -> ast.Module | None:
    """Parse a text; None where it is no Python."""
    try:
        with _uncollected():
            return ast.parse(text, file)
    except (SyntaxError, ValueError, RecursionError):
        return None


def compiled(tree: ast.Module, file: str, flags: int = 0) -> types.CodeType | None:
    """Compile a module's tree; None where Python would not."""
    try:
        with _uncollected():
            code: types.CodeType = compile(tree, file, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return code


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    # Half of the time that a large module takes would be spent on looking for garbage.
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def nested_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the functions and class bodies that a piece of code holds, at every depth."""
    todo = [code]
    while todo:
        for constant in todo.pop().co_consts:
            if isinstance(constant, types.CodeType):
                todo.append(constant)
                yield constant


def same(left: types.CodeType, right: types.CodeType) -> bool:
    """Whether two code objects do the same; line numbers and file names do not matter."""
    if _plain(left) != _plain(right):
        return False
    if len(left.co_consts) != len(right.co_consts):
        return False
    return all(map(_same_constant, left.co_consts, right.co_consts))


def _same_constant(left: object, right: object) -> bool:
    if isinstance(left, types.CodeType) and isinstance(right, types.CodeType):
        return same(left, right)
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same_constant, left, right))
    # repr tells 0.0 from -0.0 and 1 from True, and NaN equals itself.
    if isinstance(left, frozenset) and isinstance(right, frozenset):
        return sorted(map(repr, left)) == sorted(map(repr, right))
    return repr(left) == repr(right)
