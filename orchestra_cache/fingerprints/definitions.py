"""What one function, class or module is by itself, and what it binds."""

from __future__ import annotations

import ast
import copy
import dataclasses
import enum
import functools
import inspect
import re
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from orchestra_cache.fingerprints import reach
from orchestra_cache.fingerprints.grammar import array, binary, integer, node, text
from orchestra_cache.fingerprints.objects import module_label
from orchestra_cache.fingerprints.orchestrators import orchestrators_of
from orchestra_cache.fingerprints.origin import Origin, module_name_of, origin_of
from orchestra_cache.fingerprints.source import class_tree, function_tree, module_source
from orchestra_cache.fingerprints.syntax import FunctionTree, tree_bytes

__all__ = ["Sketch", "label_of", "sketch"]

# What Python itself keeps in class attributes: `__dict__`, `_member_map_`.
_INTERNAL = re.compile("_.*_|_abc_impl")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclasses.dataclass(frozen=True, slots=True)
class Sketch:
    """A definition before its references are followed.

    Attributes:
        label: For people: `module.qualified.name`.
        own: Canonical bytes of what stands in the definition itself.
        bindings: Every name it reaches, with what is bound to it now.
        statements: Finds the module-level statements that bind a name, for values that have no
            identity.
        weak: No source was found that compiles to the loaded code: bytecode stands in.
    """

    label: str
    module: str
    own: bytes
    bindings: Mapping[str, object]
    statements: Callable[[str], bytes]
    weak: bool = False


def sketch(thing: Any, first_party: Collection[str]) -> Sketch:
    """Describe a first-party function, class or module."""

    def origin(module: str) -> Origin:
        return origin_of(module, first_party)

    if isinstance(thing, types.ModuleType):
        return _module(thing)
    if isinstance(thing, type):
        return _class(thing, origin)
    return _function(thing, origin)


def label_of(thing: Any) -> str:
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    if isinstance(thing, types.FunctionType):
        module = str(thing.__globals__.get("__name__", ""))
    else:
        module = module_name_of(thing)
    return f"{module_label(module)}.{getattr(thing, '__qualname__', type(thing).__qualname__)}"


def _function(function: types.FunctionType, origin: Callable[[str], Origin]) -> Sketch:
    code, module = function.__code__, function.__globals__
    text_of = _analysis(code, code.co_filename, orchestrators_of(code, module))
    scope = reach.scope_of(function, text_of.tree, origin)
    if text_of.tree is not None:
        scope = {**_decorator_names(text_of.tree, module), **scope}
    chains = {chain for chain in text_of.chains if chain[0] in scope}
    bindings = _resolved(chains, scope, origin) | _defaults(function) | _owner(function)
    bindings |= _attributes(function)
    return Sketch(
        label_of(function),
        module_label(str(module.get("__name__", ""))),
        text_of.own,
        bindings,
        _statements_of(code.co_filename),
        weak=text_of.tree is None,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Text:
    """What a code object says, whatever its names are bound to."""

    tree: FunctionTree | None
    chains: frozenset[reach.Chain]
    own: bytes


@functools.lru_cache(maxsize=8192)
def _analysis(code: types.CodeType, file: str, orchestrators: frozenset[reach.Chain]) -> _Text:
    # Equal code objects of two files are equal keys, hence the file's name beside them.
    tree = function_tree(code)
    if tree is None:
        return _Text(None, frozenset(reach.chains_of_code(code)), _bytecode(code))
    bare = _bare(tree, orchestrators)
    return _Text(bare, frozenset(reach.chains_of_tree(bare)), _own_bytes(bare, file))


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


def _decorator_names(tree: FunctionTree, module: Mapping[str, object]) -> dict[str, object]:
    decorators = tree.decorator_list if isinstance(tree, _FUNCTIONS) else []
    roots = {chain[0] for part in decorators for chain in reach.chains_of_tree(part)}
    return {root: module[root] for root in roots if root in module}


def _own_bytes(tree: FunctionTree, file: str) -> bytes:
    source = module_source(file)
    decorated = isinstance(tree, _FUNCTIONS) and bool(tree.decorator_list)
    read = source is not None and source.reads_documentation
    return tree_bytes(tree, documented=decorated or read)


def _bytecode(code: types.CodeType) -> bytes:
    """The loaded instructions, with the Python they are for: weaker than a tree."""
    names = [*code.co_names, *code.co_varnames, *code.co_freevars]
    constants = [
        _bytecode(part) if isinstance(part, types.CodeType) else text(repr(part))
        for part in code.co_consts
    ]
    version = array([integer(part) for part in sys.version_info[:2]])
    words = array([text(name) for name in names])
    return node("bytecode", version, binary(code.co_code), words, array(constants))


def _resolved(
    chains: Collection[reach.Chain],
    scope: Mapping[str, object],
    origin: Callable[[str], Origin],
) -> dict[str, object]:
    def follows(module: str) -> bool:
        return origin(module).first_party

    return {".".join(chain): reach.resolve(chain, scope, follows) for chain in sorted(chains)}


def _defaults(function: types.FunctionType) -> dict[str, object]:
    named = dict(function.__kwdefaults__ or {})
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    named.update(zip(positional[len(positional) - len(values) :], values, strict=True))
    return {f"default {name}": value for name, value in named.items()}


def _attributes(function: types.FunctionType) -> dict[str, object]:
    """What was set on a function itself; what it wraps is followed another way."""
    held = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
    return {f"attribute {name}": held[name] for name in sorted(held)}


def _owner(function: types.FunctionType) -> dict[str, object]:
    """The class a method belongs to: `self.other()` is looked up there."""
    name, dot, method = function.__qualname__.rpartition(".")
    if not dot or "<locals>" in name:
        return {}
    first, *rest = name.split(".")
    owner = function.__globals__.get(first)
    for part in rest:
        owner = getattr(owner, part, None)
    found = inspect.getattr_static(owner, method, None)
    return {"class": owner} if getattr(found, "__func__", found) is function else {}


def _class(kind: type, origin: Callable[[str], Origin]) -> Sketch:
    tree = class_tree(kind)
    module = vars(sys.modules.get(kind.__module__, types.ModuleType("")))
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    skeleton = None if tree is None else _skeleton(tree)
    bindings: dict[str, object] = {
        f"base {position}": base for position, base in enumerate(kind.__bases__)
    }
    if type(kind) not in (type, enum.EnumMeta):
        bindings["metaclass"] = type(kind)
    bindings.update(_members(kind))
    if skeleton is not None:
        chains = {chain for chain in reach.chains_of_tree(skeleton) if chain[0] in module}
        bindings.update(_resolved(chains, module, origin))
    own = node("class", text(kind.__name__), b"" if skeleton is None else tree_bytes(skeleton))
    return Sketch(
        label_of(kind), kind.__module__, own, bindings, _statements_of(file), weak=tree is None
    )


def _skeleton(tree: ast.ClassDef) -> ast.ClassDef:
    """A class statement without its methods' bodies: those are definitions of their own."""
    bare = copy.copy(tree)
    bare.body = [
        ast.Expr(ast.Constant(f"def {part.name}")) if isinstance(part, _FUNCTIONS) else part
        for part in tree.body
    ]
    return bare


def _members(kind: type) -> Iterator[tuple[str, object]]:
    """Methods and class attributes; what Python and dataclasses generate is in the statement."""
    for name, value in vars(kind).items():
        if isinstance(value, property):
            parts = {"get": value.fget, "set": value.fset, "delete": value.fdel}
            yield from ((f"def {name} {role}", part) for role, part in parts.items() if part)
            continue
        if isinstance(value, functools.singledispatchmethod):
            yield f"def {name}", value.dispatcher
            continue
        cached = isinstance(value, functools.cached_property)
        method = value.func if cached else getattr(value, "__func__", value)
        if isinstance(method, types.FunctionType):
            if not _generated(kind, name, method):
                yield f"def {name}", method
        elif isinstance(value, enum.Enum):
            yield f"member {name}", value._value_
        elif not _INTERNAL.fullmatch(name) and not isinstance(value, types.MemberDescriptorType):
            yield f"attribute {name}", value
    for field in vars(kind).get("__dataclass_fields__", {}).values():
        # By what is loaded: the statement may have been edited since it ran.
        if field.default_factory is not dataclasses.MISSING:
            yield f"factory {field.name}", field.default_factory


def _generated(kind: type, name: str, method: types.FunctionType) -> bool:
    """Whether a dataclass or named tuple wrote a method itself: each Python has its own way to."""
    bare: types.FunctionType = inspect.unwrap(method)
    writes = name[:2] == "__" and (dataclasses.is_dataclass(kind) or issubclass(kind, tuple))
    made_by = bare.__globals__.get("__name__")
    generators = ("collections", "dataclasses", "typing")
    return (writes and bare.__code__.co_filename == "<string>") or made_by in generators


def _module(module: types.ModuleType) -> Sketch:
    source = module_source(getattr(module, "__file__", None) or "")
    own = text(str(getattr(module, "__version__", ""))) if source is None else b""
    if source is not None:
        own = tree_bytes(source.tree, documented=source.reads_documentation)
    whole = node("module", own)
    name = module.__name__
    return Sketch(name, name, whole, {}, lambda _: b"", weak=source is None)


def _statements_of(file: str) -> Callable[[str], bytes]:
    def statements(name: str) -> bytes:
        source = module_source(file)
        found = [] if source is None else _binding(source.tree, name.partition(".")[0])
        return node("statements", *(tree_bytes(part) for part in found))

    return statements


def _binding(tree: ast.Module, name: str) -> list[ast.stmt]:
    return [
        statement
        for statement in tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.With, ast.For))
        and any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(statement))
    ]
