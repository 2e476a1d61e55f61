"""Which statements of a module bind a name, or may change what it is bound to."""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import functools
import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.source import ModuleSource, scope_of

__all__ = ["completed", "imports_of", "mentions", "statements_of", "times_bound"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_BLOCKS = ("body", "orelse", "finalbody")
_BRANCHES = ("handlers", "cases")


@functools.lru_cache(maxsize=4096)
def statements_of(source: ModuleSource, name: str) -> tuple[ast.stmt, ...]:
    """Statements at the top level that mention a name, imports aside.

    Of `if`, `try`, `with`, `for` and `match` what does not mention it is left out. Functions and
    classes are taken as a whole if they have the name, if a decorator mentions it (it may be told
    of them), or if they declare it `global`.
    """
    declared = re.search(rf"\bglobal\b(?:[^\n]|\\\n)*\b{re.escape(name)}\b", source.text)
    return tuple(_mentioning(source.tree.body, name, declared is not None))


def _mentioning(body: list[ast.stmt], name: str, declared: bool) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            if _concerns(statement, name) or (declared and _declares(statement, name)):
                yield statement
        elif not isinstance(statement, _IMPORTS):
            part = _reduced(statement, name, declared)
            if part is not None:
                yield part


def _concerns(definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str) -> bool:
    return definition.name == name or _any_mentions(definition.decorator_list, name)


def _declares(definition: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Global) and name in part.names for part in ast.walk(definition))


def _reduced(statement: ast.stmt, name: str, declared: bool) -> ast.stmt | None:
    """The statement with those parts of its blocks that mention the name; None if none does."""
    reduced = copy.copy(statement)
    kept = False
    for block in filter(statement._fields.__contains__, _BLOCKS):
        part = list(_mentioning(getattr(statement, block), name, declared))
        setattr(reduced, block, part)
        kept = kept or bool(part)
    for branch in filter(statement._fields.__contains__, _BRANCHES):
        parts = [_branch(one, name, declared) for one in getattr(statement, branch)]
        setattr(reduced, branch, parts)
        kept = kept or any(one.body or _any_mentions(_head(one), name) for one in parts)
    return reduced if kept or _any_mentions(_head(statement), name) else None


def _branch(
    branch: ast.ExceptHandler | ast.match_case, name: str, declared: bool
) -> ast.ExceptHandler | ast.match_case:
    reduced = copy.copy(branch)
    reduced.body = list(_mentioning(branch.body, name, declared))
    return reduced


def _head(tree: ast.AST) -> Iterator[ast.AST]:
    """A statement's or branch's own parts, without its blocks; its name, if it binds one."""
    for field, value in ast.iter_fields(tree):
        if field == "name" and isinstance(value, str):
            yield ast.Name(value, ast.Store())
        if field not in (*_BLOCKS, *_BRANCHES):
            yield from (part for part in _listed(value) if isinstance(part, ast.AST))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _any_mentions(trees: Iterable[ast.AST], name: str) -> bool:
    return any(mentions(tree, name) for tree in trees)


def mentions(tree: ast.AST, name: str) -> bool:
    """Whether a name occurs in a tree, as a variable, an attribute, a pattern or a definition."""
    return any(name in _names(part) for part in ast.walk(tree))


def _names(part: ast.AST) -> tuple[object, ...]:
    if isinstance(part, ast.Name):
        return (part.id,)
    if isinstance(part, ast.Attribute):
        return (part.attr,)
    if isinstance(part, ast.Constant):
        return (part.value,) if isinstance(part.value, str) else ()
    return getattr(part, "name", None), getattr(part, "rest", None)


@functools.lru_cache(maxsize=4096)
def imports_of(source: ModuleSource, name: str, package: str) -> tuple[tuple[str, str], ...]:
    """Modules that a name is imported from at the top level, and what it is called there."""
    return tuple(
        (module, name if attribute == "*" else attribute)
        for statement in scope_of(source.tree.body)
        if isinstance(statement, ast.ImportFrom)
        for bound, module, attribute in reach.imported_members(statement, package)
        if bound in (name, "*")
    )


def completed(
    names: Mapping[str, object], roots: Iterable[str], source: ModuleSource
) -> Mapping[str, object]:
    """A module's names, with those that it imports and that a pickled function left behind."""
    missing = {root for root in roots if root not in names and not hasattr(builtins, root)}
    package = str(names.get("__package__") or "")
    added: dict[str, object] = {}
    for statement in scope_of(source.tree.body) if missing else ():
        for bound, module, attribute in _imported(statement, package):
            if bound in missing:
                with contextlib.suppress(Exception):
                    held = importlib.import_module(module)
                    added[bound] = getattr(held, attribute) if attribute else held
    return {**names, **added} if added else names


def _imported(statement: ast.stmt, package: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(statement, ast.ImportFrom):
        yield from reach.imported_members(statement, package)
    elif isinstance(statement, ast.Import):
        for one in statement.names:
            top = one.name.partition(".")[0]
            yield one.asname or top, one.name if one.asname else top, ""


def times_bound(tree: ast.Module, name: str) -> int:
    """How many statements at the top level bind a name, imports included."""
    return _bound(tree)[name]


@functools.lru_cache(maxsize=256)
def _bound(tree: ast.Module) -> Counter[str]:
    found: Counter[str] = Counter()
    for statement in scope_of(tree.body):
        if isinstance(statement, _DEFINITIONS):
            found[statement.name] += 1
        elif isinstance(statement, _IMPORTS):
            names = (one.asname or one.name.partition(".")[0] for one in statement.names)
            found.update(names)
        else:
            found.update(_stored(statement))
    return found


def _stored(statement: ast.stmt) -> Iterator[str]:
    for head in _head(statement):
        for part in ast.walk(head):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
