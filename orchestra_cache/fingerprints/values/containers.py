"""How the standard library's containers are written: in order where they have one."""

from __future__ import annotations

import collections
import types
from collections.abc import Callable, Iterable
from typing import Any

from orchestra_cache.fingerprints.grammar import array, mapping, node, text
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node, short_repr

__all__ = ["CONTAINERS"]

_Pairs = list[tuple[bytes, bytes]]


def _list(value: list[object], context: Context) -> Node:
    return Node(value.copy(), array)


def _tuple(value: tuple[object, ...], context: Context) -> Node:
    return Node(value, lambda written: node("tuple", *written))


def _set(value: set[object] | frozenset[object], context: Context) -> Node:
    tag = type(value).__name__
    return Node(list(value), lambda written: node(tag, *sorted(written)), lambda _: "an element")


def _dict(value: dict[Any, object], context: Context) -> Node:
    if all(type(key) is str for key in value):
        return _text_dict(value)
    return _pairs(value, lambda pairs: node("dict", *_flat(sorted(pairs))))


def _text_dict(value: dict[str, object]) -> Node:
    names = sorted(value)
    keys = [text(name) for name in names]
    return Node(
        [value[name] for name in names],
        lambda written: mapping(list(zip(keys, written, strict=True))),
        lambda index: f"[{short_repr(names[index])}]",
    )


def _ordered_dict(value: dict[object, object], context: Context) -> Node:
    return _pairs(value, lambda pairs: node("ordered-dict", *_flat(pairs)))


def _default_dict(value: collections.defaultdict[object, object], context: Context) -> Node:
    parts = (value.default_factory, dict(value))
    steps = (".default_factory", ".items()")
    return Node(parts, lambda written: node("default-dict", *written), steps.__getitem__)


def _counter(value: collections.Counter[object], context: Context) -> Node:
    return Node((dict(value),), lambda written: node("counter", *written), lambda _: ".items()")


def _with_attributes(handler: Handler) -> Handler:
    """A handler for what has attributes as well, where somebody has set some."""

    def written(value: Any, context: Context) -> Any:
        if not vars(value):
            return handler(value, context)
        parts = (type(value)(value), vars(value))
        steps = (".items()", ".__dict__")
        return Node(parts, lambda made: node("attributes", *made), steps.__getitem__)

    return written


def _pairs(value: dict[Any, object], join: Callable[[_Pairs], bytes]) -> Node:
    keys = list(value)
    parts = [part for pair in value.items() for part in pair]
    return Node(
        parts,
        lambda written: join(list(zip(written[::2], written[1::2], strict=True))),
        lambda index: f"[{short_repr(keys[index // 2])}]" if index % 2 else "a key",
    )


def _flat(pairs: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (part for pair in pairs for part in pair)


def _deque(value: collections.deque[object], context: Context) -> Node:
    return Node(
        (value.maxlen, *value), lambda written: node("deque", *written), lambda at: f"[{at - 1}]"
    )


def _namespace(value: types.SimpleNamespace, context: Context) -> Node:
    return Node((vars(value),), lambda written: node("namespace", *written), lambda _: ".__dict__")


def _mapping_proxy(value: types.MappingProxyType[object, object], context: Context) -> Node:
    return Node(
        (dict(value),), lambda written: node("mapping-proxy", *written), lambda _: ".items()"
    )


CONTAINERS: dict[type, Handler] = {
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
    collections.OrderedDict: _with_attributes(_ordered_dict),
    collections.defaultdict: _default_dict,
    collections.Counter: _with_attributes(_counter),
    collections.deque: _deque,
    types.SimpleNamespace: _namespace,
    types.MappingProxyType: _mapping_proxy,
}
