"""What one function or module is by itself, and what it binds."""

from __future__ import annotations

import ast
import copy
import dataclasses
import functools
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.classes import sketch_of_class
from orchestra_cache.fingerprints.code.closures import (
    making_around,
    making_of_default,
    makings_of_closure,
)
from orchestra_cache.fingerprints.code.foreign import sketch_of_foreign
from orchestra_cache.fingerprints.code.indirect import reached_indirectly
from orchestra_cache.fingerprints.code.loaded import loaded_code, loaded_source
from orchestra_cache.fingerprints.code.makings import (
    Making,
    Makings,
    making_in,
    making_of_chain,
    sketch_of_making,
)
from orchestra_cache.fingerprints.code.orchestrators import attributes_of, orchestrators_of
from orchestra_cache.fingerprints.code.sketches import OriginOf, Sketch, label_of, resolved
from orchestra_cache.fingerprints.code.source import function_tree, module_source, readable
from orchestra_cache.fingerprints.code.statements import completed
from orchestra_cache.fingerprints.code.syntax import FunctionTree, tree_bytes
from orchestra_cache.fingerprints.grammar import array, binary, integer, node, text
from orchestra_cache.fingerprints.origin import Origin, origin_of
from orchestra_cache.fingerprints.values.objects import module_label

__all__ = ["sketch"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sketch(thing: Any, first_party: Collection[str]) -> Sketch:
    """Describe a first-party function, class or module, or the making of a value."""

    def origin(module: str) -> Origin:
        return origin_of(module, first_party)

    if isinstance(thing, types.ModuleType):
        return _module(thing)
    if isinstance(thing, type):
        return sketch_of_class(thing, origin)
    if isinstance(thing, Making):
        return sketch_of_making(thing, origin)
    if not origin(str(thing.__globals__.get("__name__", ""))).first_party:
        return sketch_of_foreign(thing)
    return _function(thing, origin)


def _function(function: types.FunctionType, origin: OriginOf) -> Sketch:
    code, names = function.__code__, function.__globals__
    readable(code.co_filename, names)
    text_of = _text_of(function)
    scope = reach.scope_of(function, text_of.tree, origin)
    if text_of.tree is not None:
        scope = {**_decorator_names(text_of.tree, names, code.co_filename), **scope}
    chains = {chain for chain in text_of.chains if chain[0] in scope}
    bindings = resolved(chains, scope, origin) | _defaults(function) | _owner(function)
    bindings |= _attributes(function)
    bindings |= reached_indirectly(function, text_of.tree, bindings, origin)

    def makings(name: str) -> Makings:
        return _makings(function, tuple(name.split(".")), scope)

    module, tree = module_label(str(names.get("__name__", ""))), text_of.tree
    package = str(names.get("__package__") or "")
    imports = {} if tree is None else reach.imports_of(tree, package)
    return Sketch(label_of(function), module, text_of.own, bindings, makings, tree is None, imports)


def _makings(
    function: types.FunctionType, chain: reach.Chain, scope: Mapping[str, object]
) -> Makings:
    names, file = function.__globals__, function.__code__.co_filename
    kind, _, name = chain[0].partition(" ")
    if kind == "default" and name:
        return making_of_default(function, name)
    if kind == "attribute" and name:
        return making_in(names, file, function.__qualname__.partition(".")[0])
    if chain[0] in function.__code__.co_freevars:
        return makings_of_closure(function)
    for bound, module, attribute in _imported(function):
        held = sys.modules.get(module)
        if bound == chain[0] and held is not None:
            return making_in(vars(held), getattr(held, "__file__", None) or "", attribute)
    return making_of_chain(chain, scope, names, file)


def _imported(function: types.FunctionType) -> Iterator[tuple[str, str, str]]:
    tree = function_tree(function.__code__)
    package = str(function.__globals__.get("__package__") or "")
    return reach.imported_members(tree, package) if tree is not None else iter(())


@dataclasses.dataclass(frozen=True, slots=True)
class _Text:
    """What a code object says, whatever its names are bound to."""

    tree: FunctionTree | None
    chains: frozenset[reach.Chain]
    own: bytes
    vouched: bool = True


def _text_of(function: types.FunctionType) -> _Text:
    code, names = function.__code__, function.__globals__
    found = _analysis(code, code.co_filename, orchestrators_of(code, names))
    # The loaded code says nothing of decorators and annotations: all of the module has to agree.
    if found.vouched or loaded_source(names, code.co_filename) is not None:
        return found
    return _text_of_code(code)


@functools.lru_cache(maxsize=8192)
def _analysis(code: types.CodeType, file: str, orchestrators: frozenset[reach.Chain]) -> _Text:
    # Equal code objects of two files are equal keys, hence the file's name beside them.
    tree = function_tree(code)
    if tree is None:
        return _text_of_code(code)
    bare = _bare(tree, orchestrators)
    source = module_source(file)
    decorated = isinstance(bare, _FUNCTIONS) and bool(bare.decorator_list)
    documented = decorated or (source is not None and source.reads_documentation)
    own = tree_bytes(bare, documented=documented)
    if not __debug__ and _asks_for_debugging(bare):
        own = node("optimised", own)
    return _Text(bare, frozenset(reach.chains_of_tree(bare)), own, vouched=not documented)


def _asks_for_debugging(tree: ast.AST) -> bool:
    """Whether `python -O` leaves something of it out."""
    return any(
        isinstance(part, ast.Assert) or getattr(part, "id", None) == "__debug__"
        for part in ast.walk(tree)
    )


def _text_of_code(code: types.CodeType) -> _Text:
    return _Text(None, frozenset(reach.chains_of_code(code)), _bytecode(code))


def _bare(tree: FunctionTree, orchestrators: frozenset[reach.Chain]) -> FunctionTree:
    """The function's own tree: no defaults (they count by value), no orchestrator's decorators."""
    bare = copy.copy(tree)
    bare.args = copy.copy(tree.args)
    bare.args.defaults, bare.args.kw_defaults = [], []
    if isinstance(bare, _FUNCTIONS):
        bare.decorator_list = [
            decorator
            for decorator in bare.decorator_list
            if not any(chain in orchestrators for chain in reach.chains_of_tree(_called(decorator)))
        ]
    return bare


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _decorator_names(
    tree: FunctionTree, names: Mapping[str, object], file: str
) -> dict[str, object]:
    decorators = tree.decorator_list if isinstance(tree, _FUNCTIONS) else []
    roots = {chain[0] for part in decorators for chain in reach.chains_of_tree(part)}
    source = None if all(root in names for root in roots) else module_source(file)
    known = names if source is None else completed(names, roots, source)
    return {root: known[root] for root in roots if root in known}


def _bytecode(code: types.CodeType) -> bytes:
    """The loaded instructions, with the Python they are for: weaker than a tree."""
    version = array([integer(part) for part in sys.version_info[:2]])
    counts = (code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return node(
        "bytecode",
        version,
        binary(code.co_code),
        binary(getattr(code, "co_exceptiontable", b"")),
        array([integer(count) for count in counts]),
        array([array([text(name) for name in group]) for group in names]),
        array([_constant(part) for part in code.co_consts]),
    )


def _constant(value: object) -> bytes:
    if isinstance(value, types.CodeType):
        return _bytecode(value)
    if isinstance(value, tuple):
        return node("tuple", *map(_constant, value))
    if isinstance(value, frozenset):
        return node("frozenset", *sorted(map(_constant, value)))
    return text(repr(value))


def _defaults(function: types.FunctionType) -> dict[str, object]:
    named = dict(function.__kwdefaults__ or {})
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    named.update(zip(positional[len(positional) - len(values) :], values, strict=True))
    return {f"default {name}": value for name, value in named.items()}


def _attributes(function: types.FunctionType) -> dict[str, object]:
    return {f"attribute {name}": value for name, value in attributes_of(function).items()}


def _owner(function: types.FunctionType) -> dict[str, object]:
    """The class a method belongs to: `self.other()` is looked up there."""
    name, dot, method = function.__qualname__.rpartition(".")
    if not dot or name.endswith("<locals>"):
        return {}
    first, *rest = name.split(".")
    owner = None if "<locals>" in name else function.__globals__.get(first)
    for part in rest if owner is not None else ():
        owner = getattr(owner, part, None)
    known = isinstance(owner, type) and owner.__qualname__ == name
    if known and (method in vars(owner) or method == "<lambda>"):
        return {"class": owner}
    # It has no name any more, or never had one outside of a function: its statement stands for it.
    making = making_around(function)
    return {} if making is None else {"class": making}


def _module(module: types.ModuleType) -> Sketch:
    """A module that is used as a whole: its text, and everything it holds now."""
    names, file = vars(module), getattr(module, "__file__", None) or ""
    source = loaded_source(names, file)
    code = loaded_code(names) if source is None else None
    own = text(str(names.get("__version__", ""))) if code is None else _bytecode(code)
    if source is not None:
        own = tree_bytes(source.tree, documented=source.reads_documentation)
    hooks = ("__all__", "__getattr__")
    bindings = {name: names[name] for name in sorted(names) if name[:2] != "__" or name in hooks}

    def makings(name: str) -> Makings:
        return making_in(names, file, name)

    name = module.__name__
    return Sketch(name, name, node("module", own), bindings, makings, weak=source is None)
