"""What a function reaches without naming it, where its text still says so."""

from __future__ import annotations

import ast
import functools
import sys
import types
from collections.abc import Iterator, Mapping

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.sketches import OriginOf

__all__ = ["reached_indirectly"]

# With these a function can get at every name of its module.
_LOOKING_UP = (eval, exec, globals)

_IMPORTING = ("import_module", "__import__")


def reached_indirectly(
    function: types.FunctionType,
    tree: ast.AST | None,
    bindings: Mapping[str, object],
    origin: OriginOf,
) -> dict[str, object]:
    """All of its module, modules imported by a literal name, and subclasses that it asks for."""
    found: dict[str, object] = {}
    if any(value is one for one in _LOOKING_UP for value in bindings.values()):
        found["all names"] = _module_of(function)
    for name in () if tree is None else _literal_imports(tree):
        found[f"import {name}"] = reach.imported(name, origin)
    for chain in () if tree is None else _asking(tree):
        asked = bindings.get(".".join(chain), bindings.get("class"))
        if isinstance(asked, type):
            found[f"subclasses {'.'.join(chain[:-1])}"] = tuple(_subclasses(asked))
    return found


def _module_of(function: types.FunctionType) -> object:
    module = sys.modules.get(str(function.__globals__.get("__name__")))
    own = module is not None and vars(module) is function.__globals__
    return module if own else reach.UNBOUND


@functools.lru_cache(maxsize=8192)
def _asking(tree: ast.AST) -> tuple[reach.Chain, ...]:
    chains = set(reach.chains_of_tree(tree))
    return tuple(chain for chain in sorted(chains) if chain[-1] == "__subclasses__")


@functools.lru_cache(maxsize=8192)
def _literal_imports(tree: ast.AST) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_imported_names(tree)))


def _imported_names(tree: ast.AST) -> Iterator[str]:
    for part in ast.walk(tree):
        if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Constant):
            name = part.args[0].value
            called = getattr(part.func, "attr", getattr(part.func, "id", None))
            if called in _IMPORTING and isinstance(name, str) and name[:1] != ".":
                yield name


def _subclasses(kind: type) -> Iterator[type]:
    one: type
    for one in type.__subclasses__(kind):
        yield one
        yield from _subclasses(one)
