"""Which handler answers for a class that no table names: by protocol, by kind, or by its state."""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.grammar import array, node, text
from orchestra_cache.fingerprints.origin import origin_of
from orchestra_cache.fingerprints.values.layout import state_of, wholly_seen
from orchestra_cache.fingerprints.values.nodes import (
    Context,
    Handler,
    Node,
    register_handler,
)
from orchestra_cache.fingerprints.values.refusals import belongs_to_process, hint_for
from orchestra_cache.fingerprints.values.subclasses import built_in_base, content_of

__all__ = ["class_name", "handler_for", "module_label", "register", "subclass_of", "write_state"]

# What libraries keep beside the state that is their user's, by what a class is made from.
_OWN_STATE = {
    "numpy.MaskedArray": frozenset(
        ("_baseclass", "_basedict", "_fill_value", "_hardmask", "_isfield", "_mask", "_sharedmask")
    ),
    "pandas": frozenset(("_attrs", "_cache", "_flags", "_is_copy", "_item_cache", "_mgr", "_name")),
    "polars": frozenset(("_df", "_s")),
}

# What `functools.update_wrapper` copies from a function: names and documentation.
_COPIED = frozenset((*functools.WRAPPER_ASSIGNMENTS, "__type_params__"))


def register(kind: type, function: Callable[[Any], object]) -> None:
    """Let `function(value)` stand for values of exactly the type `kind`.

    It returns any value that has a fingerprint, holding everything that tells two values apart.
    """

    def handler(value: object, context: Context) -> Node:
        return _stand_in(kind, function(value))

    register_handler(kind, handler)


def handler_for(kind: type) -> Handler:
    """Find the handler of a class met for the first time; it may be one that refuses."""
    if hasattr(kind, "__fingerprint__"):
        return _own
    if issubclass(kind, enum.Enum):
        return _enum
    if issubclass(kind, type):
        return _reference
    if issubclass(kind, BaseException):
        return _exception
    base = built_in_base(kind)
    if base is not None and wholly_seen(kind, base):
        return partial(_subclass, base)
    return _object if wholly_seen(kind) and not belongs_to_process(kind) else _refused


def class_name(kind: type) -> str:
    """Name a class so that two runs of one program, as script or as import, agree.

    `__main__` and the module names that Airflow makes up for DAG files become the file's name.
    """
    return f"{module_label(kind.__module__)}.{kind.__qualname__}"


def module_label(name: str) -> str:
    """A module's name as it is when the file is imported plainly."""
    if name.startswith("unusual_prefix_"):
        return name.split("_", 3)[-1]
    if name != "__main__":
        return name
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name:
        return str(spec.name)
    file = getattr(main, "__file__", None) or "__main__"
    return file.replace("\\", "/").rpartition("/")[2].removesuffix(".py")


def subclass_of(base: type, handler: Handler, *, with_state: bool) -> Handler:
    """A handler for subclasses: what `handler` writes, the class, and the instance's own state."""
    library = base.__module__.partition(".")[0]
    own = _OWN_STATE.get(f"{library}.{base.__name__}") or _OWN_STATE.get(library, frozenset())

    def subclass(value: object, context: Context) -> Node:
        answer = handler(value, context)
        inner = answer if isinstance(answer, Node) else Node((), lambda _: _raw(answer))
        state = state_of(value, base) if with_state else {}
        added = sorted(state.keys() - own)
        head = (text(class_name(type(value))), array([text(name) for name in added]))
        count = len(inner.parts)
        return Node(
            (*inner.parts, *(state[name] for name in added)),
            lambda written: node("subclass", *head, inner.join(written[:count]), *written[count:]),
            lambda at: inner.step(at) if at < count else f".{added[at - count]}",
            digested=True,
        )

    return subclass


def _raw(answer: bytes | Digest) -> bytes:
    return answer.raw if isinstance(answer, Digest) else answer


def _own(value: Any, context: Context) -> Node | Digest:
    answer = value.__fingerprint__()
    context.named.update(getattr(value, "__fingerprint_classes__", ()))
    return answer if isinstance(answer, Digest) else _stand_in(type(value), answer)


def _stand_in(kind: type, answer: object) -> Node:
    head = text(class_name(kind))
    return Node(
        (answer,),
        lambda written: node("own", head, *written),
        lambda _: ".__fingerprint__()",
        digested=True,
    )


def _enum(value: enum.Enum, context: Context) -> Node:
    head = text(class_name(type(value)))
    # Pythons differ in how they name a combination of flags.
    name = "" if isinstance(value, enum.Flag) else value.name
    return Node(
        (value._value_,),
        lambda written: node("enum", head, text(name), *written),
        lambda _: ".value",
    )


def _reference(value: object, context: Context) -> bytes:
    return context.refer(value)


def _exception(value: BaseException, context: Context) -> Node:
    state = {"args": value.args, **state_of(value)}
    # How the error was raised, which does not survive pickling.
    state.pop("__suppress_context__", None)
    return write_state("exception", value, state)


def _subclass(base: type, value: object, context: Context) -> Node:
    state = {"": content_of(value, base), **state_of(value, base)}
    return write_state("subclass", value, state)


def _object(value: object, context: Context) -> Node | bytes:
    state = state_of(value)
    if _wraps(value):
        if not origin_of(type(value).__module__).first_party:
            return context.refer(value)
        state = {name: state[name] for name in state.keys() - _COPIED}
    tag = "dataclass" if dataclasses.is_dataclass(value) else "object"
    return write_state(tag, value, state)


def write_state(tag: str, value: object, state: dict[str, Any]) -> Node:
    """Write an instance by its class and what it holds; content without a name is called ""."""
    names = sorted(state)
    head = text(class_name(type(value)))
    fields = array([text(name) for name in names])
    return Node(
        [state[name] for name in names],
        lambda written: node(tag, head, fields, *written),
        lambda index: f".{names[index]}" if names[index] else "its content",
        digested=True,
    )


def _refused(value: object, context: Context) -> bytes:
    if _wraps(value):
        return context.refer(value)
    return context.refuse(value, hint_for(value))


def _wraps(value: object) -> bool:
    """Whether a callable object stands around a function: a cached one, a task, a decorator."""
    return callable(value) and callable(getattr(value, "__wrapped__", None))
