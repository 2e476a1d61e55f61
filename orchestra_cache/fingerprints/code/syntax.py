"""Write a syntax tree as canonical bytes, the same on every Python for the same meaning.

Left out: positions, docstrings, the annotations of functions and of their local variables, and the
fields that only some Python versions have when they are empty.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from orchestra_cache.fingerprints.grammar import (
    NONE,
    array,
    binary,
    boolean,
    integer,
    node,
    real,
    text,
)

__all__ = ["FunctionTree", "body_without_docstring", "tree_bytes"]

FunctionTree = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_Frame = tuple[Callable[[list[bytes]], bytes], Iterator[object], list[bytes]]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (*_FUNCTIONS, ast.ClassDef, ast.Module)

# Fields without meaning for what runs: how a literal was spelt, what a comment said.
_SPELLING = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_ANNOTATIONS = {"arg": "annotation", "FunctionDef": "returns", "AsyncFunctionDef": "returns"}


def tree_bytes(tree: ast.AST, *, documented: bool = False) -> bytes:
    """Canonical bytes of a tree.

    Args:
        documented: Docstrings and annotations count, because somebody reads them.
    """
    stack: list[_Frame] = []
    written = _open(tree, stack, documented)
    while stack:
        join, parts, done = stack[-1]
        if written is not None:
            done.append(written)
        try:
            written = _open(next(parts), stack, documented)
        except StopIteration:
            stack.pop()
            written = join(done)
    return written or b""


def body_without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    constant = first.value if isinstance(first, ast.Expr) else None
    documented = isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    return body[1:] if documented else body


def _open(part: object, stack: list[_Frame], documented: bool) -> bytes | None:
    if isinstance(part, ast.Constant):
        return node("Constant", _constant(part.value))
    if isinstance(part, ast.AST):
        tag = type(part).__name__
        fields = _fields(part, tag, documented)
        if isinstance(part, ast.AnnAssign) and _is_local(part) and not documented:
            tag, fields = _plain_assignment(part)
        stack.append((lambda done: node(tag, *done), fields, []))
        return None
    if isinstance(part, list):
        stack.append((array, iter(part), []))
        return None
    return _constant(part)


def _fields(tree: ast.AST, tag: str, documented: bool) -> Iterator[object]:
    for name in tree._fields:
        value = getattr(tree, name, None)
        # Empty fields are skipped: new Pythons add fields that old ones lack.
        if name in _SPELLING or value is None or value == []:
            continue
        if name == "body" and isinstance(value, list):
            value = _body(tree, value, documented)
        if tag == "JoinedStr" and isinstance(value, list):
            value = _joined(value)
        if documented or _ANNOTATIONS.get(tag) != name:
            yield name
            yield value


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string: some Pythons add empty texts, or have one in several."""
    joined: list[ast.expr] = []
    for part in parts:
        last = joined[-1] if joined else None
        if not isinstance(part, ast.Constant):
            joined.append(part)
        elif isinstance(last, ast.Constant):
            joined[-1] = ast.Constant(str(last.value) + str(part.value))
        elif part.value:
            joined.append(part)
    return joined


def _body(tree: ast.AST, body: list[ast.stmt], documented: bool) -> list[ast.stmt]:
    if isinstance(tree, _DOCUMENTED) and not documented:
        body = body_without_docstring(body) or [ast.Pass()]
    if isinstance(tree, _FUNCTIONS):
        _mark_local(body)
    return body


def _mark_local(body: list[ast.stmt]) -> None:
    """Mark the annotated assignments in a function's own scope: their annotations never run."""
    todo: list[ast.AST] = list(body)
    while todo:
        tree = todo.pop()
        if isinstance(tree, ast.AnnAssign):
            tree._local = True  # type: ignore[attr-defined]
        if not isinstance(tree, ast.ClassDef):
            todo.extend(ast.iter_child_nodes(tree))


def _is_local(tree: ast.AnnAssign) -> bool:
    return getattr(tree, "_local", False)


def _plain_assignment(tree: ast.AnnAssign) -> tuple[str, Iterator[object]]:
    if tree.value is None:
        # A bare `x: int` still makes `x` a local name.
        return "AnnAssign", iter(("target", tree.target))
    return "Assign", iter(("targets", [tree.target], "value", tree.value))


def _constant(value: object) -> bytes:
    if value is None:
        return NONE
    if value is ...:
        return node("ellipsis")
    if isinstance(value, complex):
        return node("complex", real(value.real), real(value.imag))
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise TypeError(type(value).__name__)


_WRITERS: tuple[tuple[type, Callable[..., bytes]], ...] = (
    (bool, boolean),
    (str, text),
    (bytes, binary),
    (int, integer),
    (float, real),
)
