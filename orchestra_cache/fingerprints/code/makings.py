"""How a name came to hold something without an identity: a logger, a client, a compiled function.

What such a thing does cannot be asked of it. What counts instead are the statements that bind the
name, or mention it at the top level of its module, with everything that these statements reach.
Where no such statement is found, the thing is equal to nothing but itself, in this process.
"""

from __future__ import annotations

import ast
import builtins
import logging
import secrets
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.cells import cells_with
from orchestra_cache.fingerprints.code.loaded import loaded_source, sourceless
from orchestra_cache.fingerprints.code.sketches import OriginOf, Sketch, resolved
from orchestra_cache.fingerprints.code.source import ModuleSource
from orchestra_cache.fingerprints.code.statements import (
    completed,
    imports_of,
    statements_of,
    times_bound,
)
from orchestra_cache.fingerprints.code.syntax import tree_bytes
from orchestra_cache.fingerprints.grammar import binary, node, text
from orchestra_cache.fingerprints.values.objects import class_name, module_label

__all__ = [
    "Making",
    "Makings",
    "making_in",
    "making_of_chain",
    "sketch_of_making",
    "spared_within",
    "unidentified",
]

# Names that say where a module lies: labels, as everywhere else.
_LABELS = frozenset({"__file__", "__loader__", "__name__", "__package__", "__path__", "__spec__"})

# They change when a task runs, or what it says of itself, never what it computes.
_HARMLESS = (
    logging.Logger, logging.LoggerAdapter, threading.Condition, threading.Event,
    threading.Semaphore, type(threading.Lock()), type(threading.RLock()),
)  # fmt: skip
_OF_HARMLESS = ("_thread", "logging", "threading")

# By `id`, with what keeps that number from being another's: a weak reference, or else the object.
_unknown: dict[int, tuple[object, bytes]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Making:
    """Statements that made what a name holds; they are followed as a function is.

    Attributes:
        names: What the module binds now.
        name: The name that was bound.
        trees: The statements.
        source: Where they stand.
    """

    names: Mapping[str, object]
    name: str
    trees: tuple[ast.AST, ...]
    source: ModuleSource

    @property
    def place(self) -> tuple[object, ...]:
        """Equal for two makings of one thing."""
        line = getattr(next(iter(self.trees), None), "lineno", 0)
        return id(self.names), self.name, self.source.file, line


Makings = Sequence[Making | types.ModuleType]


def making_in(names: Mapping[str, object], file: str, name: str) -> Makings:
    """How a name of a module got its value: one making, or none if no statement is found.

    Where there is no source, all of the module may have a part in it.
    """
    source = cells_with(names, name) or loaded_source(names, file)
    if source is None:
        return sourceless(names)
    trees = statements_of(source, name)
    package = str(names.get("__package__") or "")
    told = any(map(_tells, trees)) or imports_of(source, name, package)
    return [Making(names, name, trees, source)] if told else []


def _tells(tree: ast.stmt) -> bool:
    """Whether a statement can have made something: `client = None` leaves that to somebody else."""
    if not isinstance(tree, (ast.Assign, ast.AnnAssign)):
        return True
    parts = () if tree.value is None else ast.walk(tree.value)
    return any(isinstance(part, (ast.Call, ast.Name, ast.Lambda)) for part in parts)


def making_of_chain(
    chain: reach.Chain, scope: Mapping[str, object], names: Mapping[str, object], file: str
) -> Makings:
    """The same for a dotted name that goes through modules: it was bound in the last of them."""
    held, inner = scope.get(chain[0]), chain[0]
    for name in chain[1:]:
        if not isinstance(held, types.ModuleType) or not hasattr(held, name):
            break
        names, file = vars(held), getattr(held, "__file__", None) or ""
        held, inner = getattr(held, name), name
    return making_in(names, file, inner)


def sketch_of_making(making: Making, origin: OriginOf) -> Sketch:
    scope = _scope(making, origin)
    chains = {
        chain
        for tree in making.trees
        for chain in reach.chains_of_tree(tree)
        if chain[0] in scope and chain[0] != making.name
    }
    file = making.source.file

    def makings(name: str) -> Makings:
        return making_of_chain(tuple(name.split(".")), scope, making.names, file)

    module = module_label(str(making.names.get("__name__", "")))
    own = node("statements", *map(tree_bytes, making.trees))
    bindings = {
        **resolved(chains, scope, origin),
        **dict(_texts(making, scope)),
        **dict(_elsewhere(making, origin)),
    }
    return Sketch(f"{module}.{making.name}", module, own, bindings, makings)


def _scope(making: Making, origin: OriginOf) -> dict[str, object]:
    package = str(making.names.get("__package__") or "")
    roots = {chain[0] for tree in making.trees for chain in reach.chains_of_tree(tree)} - _LABELS
    known = completed(making.names, roots, making.source)
    scope = {root: vars(builtins)[root] for root in roots if hasattr(builtins, root)}
    scope |= {root: known[root] for root in roots if root in known}
    for tree in making.trees:
        scope.update(reach.local_imports(tree, package, origin))
    return scope


def _texts(making: Making, scope: Mapping[str, object]) -> Iterator[tuple[str, Making]]:
    """Names whose value now need not be the one that the statements met."""
    trees = making.trees
    roots = {chain[0] for tree in trees for chain in reach.chains_of_tree(tree)} - {making.name}
    for root in sorted(roots):
        if times_bound(making.source.tree, root) > (root in scope):
            met = statements_of(making.source, root)
            yield f"{root} =", Making(making.names, root, met, making.source)


def _elsewhere(making: Making, origin: OriginOf) -> Iterator[tuple[str, object]]:
    package = str(making.names.get("__package__") or "")
    imports = imports_of(making.source, making.name, package)
    for position, (module, name) in enumerate(imports):
        held = sys.modules.get(module)
        if held is None or not origin(module).first_party:
            yield f"import {position}", reach.Unbound(module)
        elif hasattr(held, name):
            makings = making_in(vars(held), getattr(held, "__file__", None) or "", name)
            yield f"import {position}", makings[0] if makings else getattr(held, name)


def _harmless(value: object) -> bytes | None:
    """Write what never changes a result, a logger or a lock; None of anything else."""
    if not isinstance(value, _HARMLESS):
        return None
    return node("harmless", text(class_name(type(value))))


def spared_within(value: object) -> Callable[[object], bytes | None] | None:
    """What writes the harmless parts of a value; of what is harmless itself, its making counts."""
    return None if isinstance(value, _HARMLESS) else _spared


def _spared(part: object) -> bytes | None:
    # A subclass may hold more, which does change a result.
    return _harmless(part) if type(part).__module__ in _OF_HARMLESS else None


def unidentified(value: object) -> tuple[bytes, bool]:
    """Write a value whose making nobody knows, and say whether it is equal only to itself."""
    written = _harmless(value)
    if written is not None:
        return written, False
    if id(value) not in _unknown:
        _unknown[id(value)] = _kept(value), secrets.token_bytes(16)
    return node("unknown", binary(_unknown[id(value)][1])), True


def _kept(value: object) -> object:
    number = id(value)
    try:
        return weakref.ref(value, lambda _: _unknown.pop(number, None))
    except TypeError:
        return value
