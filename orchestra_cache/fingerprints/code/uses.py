"""What a piece of code uses by name, as it is written: dotted names, and how far they are told."""

from __future__ import annotations

import ast
import dis
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass

from orchestra_cache.fingerprints.code.reach import Chain, chains_of_code

__all__ = ["IMPORT", "SUPER", "Use", "aliases_in", "uses_in", "uses_in_code"]

# Roots that are no names: `import_module("shop.steps")`, and `super()`.
IMPORT, SUPER = "import ", "super()"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTING = ("import_module", "__import__")
_ASKING = ("isinstance", "issubclass")


@dataclass(frozen=True, slots=True)
class Use:
    """A dotted name that is loaded.

    Attributes:
        whole: What it names is handed on: whoever gets it may take anything from it. Not so what
            is called, compared, or asked for its kind.
    """

    chain: Chain
    whole: bool


@functools.lru_cache(maxsize=8192)
def uses_in(tree: ast.AST) -> tuple[Use, ...]:
    """Every dotted name that running a tree loads, in no order.

    `getattr(x, "name")` is `x.name`; decorators, defaults and annotations of a function are not
    what runs when it is called.
    """
    found: dict[Use, None] = {}
    todo = [(part, True) for part in _running(tree)]
    while todo:
        part, whole = todo.pop()
        chain, rest = _chain(part)
        if chain:
            found[Use(chain, whole)] = None
        todo += ((one, True) for one in rest) if chain else _parts(part)
    return tuple(found)


@functools.lru_cache(maxsize=8192)
def aliases_in(tree: ast.AST) -> dict[str, tuple[Chain, ...]]:
    """Local names that stand for a dotted one: `load = Block.load`."""
    found: dict[str, tuple[Chain, ...]] = {}
    for part in ast.walk(tree):
        value = getattr(part, "value", None)
        chain = _chain(value)[0] if value is not None and _named(part) else ()
        for name in _named(part) if chain else ():
            found[name] = (*found.get(name, ()), chain)
    return found


@functools.lru_cache(maxsize=8192)
def uses_in_code(code: types.CodeType) -> tuple[Use, ...]:
    """The same of code without a source: what happens to anything that it loads is not told."""
    found = [Use(chain, whole=True) for chain in chains_of_code(code)]
    todo = [code]
    while todo:
        current = todo.pop()
        todo.extend(part for part in current.co_consts if isinstance(part, types.CodeType))
        found += [Use((IMPORT + name,), whole=True) for name in _imported_by(current)]
    return tuple(found)


def _imported_by(code: types.CodeType) -> Iterator[str]:
    module, whole = "", False
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_FROM":
            yield f"{module}.{instruction.argval}"
        elif whole:
            yield module
        whole = instruction.opname == "IMPORT_NAME"
        module = instruction.argval if whole else module


def _running(tree: ast.AST) -> list[ast.AST]:
    if isinstance(tree, _FUNCTIONS):
        return list(tree.body)
    return [tree.body] if isinstance(tree, ast.Lambda) else [tree]


def _chain(part: ast.AST) -> tuple[Chain, list[ast.AST]]:
    """The dotted name that an expression is, and what else stands in it; empty if it is none."""
    names: list[str] = []
    rest: list[ast.AST] = []
    while not isinstance(part, ast.Name):
        inner, name, others = _step(part)
        rest += others
        if name:
            names.append(name)
        if inner is None:
            return ((*reversed(names),) if name else ()), rest
        part = inner
    return ((part.id, *reversed(names)) if isinstance(part.ctx, ast.Load) else ()), rest


def _step(part: ast.AST) -> tuple[ast.AST | None, str, list[ast.AST]]:
    """One step into a dotted name: what is left of it, the name taken off, what else is there."""
    if isinstance(part, ast.Attribute):
        return part.value, part.attr, []
    if isinstance(part, (ast.Await, ast.NamedExpr)):
        return part.value, "", []
    if isinstance(part, ast.Subscript):
        root = _modules_of(part)
        # `Variable[str]` is the class.
        return (None, root, []) if root else (part.value, "", [part.slice])
    return _called(part) if isinstance(part, ast.Call) else (None, "", [])


def _modules_of(part: ast.Subscript) -> str:
    """A module taken from `sys.modules`."""
    name = getattr(part.slice, "value", None)
    modules = getattr(part.value, "attr", getattr(part.value, "id", None)) == "modules"
    return IMPORT + name if modules and isinstance(name, str) else ""


def _called(part: ast.Call) -> tuple[ast.AST | None, str, list[ast.AST]]:
    """What a call of `getattr`, `import_module`, `super` or `type` gives."""
    name = getattr(part.func, "attr", getattr(part.func, "id", None))
    said = [one.value if isinstance(one, ast.Constant) else None for one in part.args]
    if name == "super" and not said:
        return None, SUPER, []
    if name in _IMPORTING and said and isinstance(said[0], str):
        return None, IMPORT + said[0], []
    if name == "type" and len(said) == 1:
        return part.args[0], "__class__", []
    if name == "getattr" and len(said) > 1 and isinstance(said[1], str):
        return part.args[0], said[1], list(part.args[2:])
    return None, "", []


def _parts(part: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """What stands in a tree that is no dotted name."""
    for name, value in ast.iter_fields(part):
        if name in ("annotation", "returns"):
            continue
        listed = value if isinstance(value, list) else [value]
        # Of `isinstance(x, Kind)` the kind is only looked at.
        for one in listed[:1] if name == "args" and _asks(part) else listed:
            if isinstance(one, ast.AST):
                yield one, not _looked_at(part, name)


def _asks(part: ast.AST) -> bool:
    return isinstance(part, ast.Call) and getattr(part.func, "id", None) in _ASKING


def _looked_at(part: ast.AST, name: str) -> bool:
    """Whether what stands there is called, compared, subclassed, or given another name."""
    return (
        name in ("func", "cls", "bases", "type")
        or isinstance(part, ast.Compare)
        or (name == "value" and bool(_named(part)))
    )


def _named(part: ast.AST) -> list[str]:
    """The plain names that an assignment binds."""
    targets: list[ast.expr] = []
    if isinstance(part, ast.Assign):
        targets = part.targets
    elif isinstance(part, (ast.AnnAssign, ast.NamedExpr)):
        targets = [part.target]
    return [one.id for one in targets if isinstance(one, ast.Name)]
