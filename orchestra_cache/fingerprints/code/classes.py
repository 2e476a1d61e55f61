"""What one class is by itself, and what it binds.

Its statement counts without the bodies of methods, which are definitions of their own. Where no
statement is found that can be told to be the one that ran, what the class holds counts alone, the
methods that `dataclass` and the like have written included.
"""

from __future__ import annotations

import abc
import ast
import copy
import dataclasses
import enum
import functools
import inspect
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestra_cache.fingerprints.code import reach
from orchestra_cache.fingerprints.code.cells import cells_with
from orchestra_cache.fingerprints.code.fields import fields_of
from orchestra_cache.fingerprints.code.foreign import identified
from orchestra_cache.fingerprints.code.loaded import loaded_source
from orchestra_cache.fingerprints.code.makings import Making, Makings, making_in, making_of_chain
from orchestra_cache.fingerprints.code.sketches import OriginOf, Sketch, label_of, resolved
from orchestra_cache.fingerprints.code.source import ModuleSource, scope_of
from orchestra_cache.fingerprints.code.statements import completed, mentions
from orchestra_cache.fingerprints.code.syntax import tree_bytes
from orchestra_cache.fingerprints.grammar import node, text
from orchestra_cache.fingerprints.values.objects import class_name

__all__ = ["sketch_of_class"]

# What Python and libraries keep in class attributes: `__dict__`, and in enums `_member_map_`.
_INTERNAL = re.compile("__.*__|_abc_impl")
_INTERNAL_OF_ENUMS = re.compile("_.*_")

# Of those, what a statement says that is not at hand.
_SAID = frozenset({"__hash__", "__match_args__", "__orig_bases__", "__slots__", "__total__"})

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sketch_of_class(kind: type, origin: OriginOf) -> Sketch:
    if not origin(kind.__module__).first_party:
        return _made_by_library(kind)
    names, file = _home(kind)
    source = cells_with(names, kind.__qualname__.partition(".")[0]) or loaded_source(names, file)
    trees = [] if source is None else _class_trees(kind, source)
    bindings = _bindings(kind, trees)
    skeletons = [_skeleton(tree, kind, bindings) for tree in trees]
    found = {chain for tree in skeletons for chain in reach.chains_of_tree(tree)}
    scope = names if source is None else completed(names, {one[0] for one in found}, source)
    bindings.update(resolved({chain for chain in found if chain[0] in scope}, scope, origin))

    def makings(name: str) -> Makings:
        return _makings(kind, names, file, name)

    own = node("class", text(kind.__name__), b"".join(map(tree_bytes, skeletons)))
    return Sketch(label_of(kind), kind.__module__, own, bindings, makings, weak=not trees)


def _made_by_library(kind: type) -> Sketch:
    own = node("class", text(kind.__name__), b"")
    bindings = identified(_bindings(kind, []))
    return Sketch(
        label_of(kind), kind.__module__, own, bindings, lambda _: (), weak=True, foreign=True
    )


def _bindings(kind: type, trees: list[ast.ClassDef]) -> dict[str, object]:
    found: dict[str, object] = {
        f"base {position}": base for position, base in enumerate(kind.__bases__)
    }
    if type(kind) not in (type, enum.EnumMeta):
        found["metaclass"] = type(kind)
    return found | dict(_members(kind, trees))


def _home(kind: type) -> tuple[Mapping[str, object], str]:
    """The names that a class statement met, and its file: a class may come pickled by value."""
    for name, value in vars(kind).items():
        method = getattr(value, "__func__", value)
        if not isinstance(method, types.FunctionType):
            continue
        file, module = method.__code__.co_filename, method.__globals__.get("__name__")
        # Methods may be borrowed, or written by a library.
        own = method.__qualname__ == f"{kind.__qualname__}.{name}" and module == kind.__module__
        if own and file[:1] != "<":
            return method.__globals__, file
    names = vars(sys.modules.get(kind.__module__, types.ModuleType("")))
    return names, str(names.get("__file__") or "")


def _class_trees(kind: type, source: ModuleSource) -> list[ast.ClassDef]:
    """Class statements of this name: several, if a condition chooses; none that was edited."""
    first, *rest = kind.__qualname__.split(".")
    found = _defined(source.tree.body, first)
    for name in rest:
        if name != "<locals>":
            found = [inner for outer in found for inner in _defined(outer.body, name)]
    classes = [tree for tree in found if isinstance(tree, ast.ClassDef)]
    return classes if any(_agrees(tree, kind) for tree in classes) else []


def _defined(
    body: list[ast.stmt], name: str
) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    definitions = (*_FUNCTIONS, ast.ClassDef)
    return [one for one in scope_of(body) if isinstance(one, definitions) and one.name == name]


def _agrees(tree: ast.ClassDef, kind: type) -> bool:
    """Whether the loaded class has the annotations that stand in a statement, and no others."""
    inherited = {name for base in kind.__mro__[1:] for name in _annotations(base)}
    held = inherited | _annotations(kind).keys()
    always = {_mangled(kind, name) for name in _annotated(tree.body)}
    maybe = {_mangled(kind, name) for name in _annotated(scope_of(tree.body))}
    return always <= held <= maybe | inherited


def _annotations(kind: type) -> dict[str, object]:
    held = vars(kind).get("__annotations__")
    # Of `type` itself it is a descriptor.
    return held if isinstance(held, dict) else {}


def _annotated(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for one in statements:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            yield one.target.id


def _mangled(kind: type, name: str) -> str:
    private = name[:2] == "__" and name[-2:] != "__"
    return f"_{kind.__name__.lstrip('_')}{name}" if private else name


def _skeleton(tree: ast.ClassDef, kind: type, members: Mapping[str, object]) -> ast.ClassDef:
    """A class statement without the bodies of those methods that are definitions of their own."""
    followed = {name.split()[1] for name in members if name[:4] == "def "}
    bare = copy.copy(tree)
    bare.body = [
        ast.Expr(ast.Constant(f"def {part.name}"))
        if isinstance(part, _FUNCTIONS) and _mangled(kind, part.name) in followed
        else part
        for part in tree.body
    ]
    return bare


def _members(kind: type, trees: list[ast.ClassDef]) -> Iterator[tuple[str, object]]:
    """Methods and attributes; what Python and dataclasses generate is in the statement."""
    weak = not trees
    said = _SAID if weak else {name for tree in trees for name in _assigned(tree)}
    for name, value in vars(kind).items():
        method = _method(value)
        if isinstance(value, property):
            parts = {"get": value.fget, "set": value.fset, "delete": value.fdel}
            yield from ((f"def {name} {role}", part) for role, part in parts.items() if part)
        elif isinstance(method, types.FunctionType):
            if weak or not _generated(kind, name, method):
                yield f"def {name}", method
        elif isinstance(value, enum.Enum):
            yield f"member {name}", value._value_
        elif name in said or not _is_internal(kind, name, value):
            yield f"attribute {name}", method
        if weak and isinstance(value, (classmethod, staticmethod)):
            yield f"kind {name}", type(value)
    for name, value in _annotations(kind).items():
        yield f"annotation {name}", value
    yield from fields_of(kind, weak=weak)
    yield from _registered(kind)


def _registered(kind: type) -> Iterator[tuple[str, object]]:
    """The classes that an abstract one takes for its own, in the order of their names."""
    dump = getattr(abc, "_get_dump", None) if isinstance(kind, abc.ABCMeta) else None
    found = [] if dump is None else [one() for one in dump(kind)[0]]
    for position, one in enumerate(sorted(filter(None, found), key=class_name)):
        yield f"registered {position}", one


def _assigned(tree: ast.ClassDef) -> Iterator[str]:
    for statement in scope_of(tree.body):
        if isinstance(statement, ast.Assign):
            yield from (one.id for one in statement.targets if isinstance(one, ast.Name))


def _is_internal(kind: type, name: str, value: object) -> bool:
    if isinstance(value, types.MemberDescriptorType):
        return True
    internal = _INTERNAL_OF_ENUMS if isinstance(kind, enum.EnumMeta) else _INTERNAL
    return internal.fullmatch(name) is not None


def _method(value: Any) -> object:
    if isinstance(value, functools.singledispatchmethod):
        return value.dispatcher
    if isinstance(value, functools.cached_property):
        return value.func
    return value.__func__ if isinstance(value, (classmethod, staticmethod)) else value


def _generated(kind: type, name: str, method: types.FunctionType) -> bool:
    """Whether a dataclass or named tuple wrote a method itself: each Python has its own way to."""
    bare: Any = inspect.unwrap(method)
    if not isinstance(bare, types.FunctionType):
        return False
    writes = name[:2] == "__" and (dataclasses.is_dataclass(kind) or issubclass(kind, tuple))
    made_by = bare.__globals__.get("__name__")
    generators = ("collections", "dataclasses", "typing")
    return (writes and bare.__code__.co_filename == "<string>") or made_by in generators


def _makings(kind: type, names: Mapping[str, object], file: str, name: str) -> Makings:
    role, space, member = name.partition(" ")
    if not space:
        return making_of_chain(tuple(role.split(".")), names, names, file)
    word = member.partition(" ")[0]
    words = {word, word.removeprefix(f"_{kind.__name__.lstrip('_')}")}
    found = making_in(names, file, kind.__qualname__.partition(".")[0])
    trees = [tree for making in found if isinstance(making, Making) for tree in making.trees]
    # A class without a statement of its own was made by those that bind it: `namedtuple(…)`.
    called = not any(isinstance(tree, ast.ClassDef) for tree in trees)
    said = any(mentions(tree, one) for tree in trees for one in words)
    return found if called or said else []
