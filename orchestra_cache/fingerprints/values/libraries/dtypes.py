"""How numpy's dtypes are written: byte order, fields, and the notes that a program attaches."""

from __future__ import annotations

import functools
from typing import Any

import numpy

from orchestra_cache.fingerprints.grammar import boolean, node, text
from orchestra_cache.fingerprints.values.nodes import Context, Node, RefusedError, register_handler

__all__ = ["is_texts", "load", "notes_of", "type_text"]

# Texts of any length, since numpy 2.
_TEXTS: Any = getattr(getattr(numpy, "dtypes", None), "StringDType", None)


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    for kind in {type(numpy.dtype(name)) for name in numpy.sctypeDict.values()}:
        register_handler(kind, _dtype)
    if _TEXTS is not None:
        register_handler(_TEXTS, _texts)


def is_texts(dtype: numpy.dtype[Any]) -> bool:
    """Whether elements are texts that lie elsewhere: what makes up the dtype has no text."""
    return _TEXTS is not None and isinstance(dtype, _TEXTS)


def type_text(dtype: numpy.dtype[Any]) -> str:
    """A dtype with byte order, field names, titles and offsets."""
    if dtype.subdtype is not None:
        return f"{type_text(dtype.subdtype[0])}{dtype.subdtype[1]}"
    if dtype.names is None or dtype.fields is None:
        return _plain_text(dtype)
    fields = [(name, *dtype.fields[name]) for name in dtype.names]
    shown = [f"{name!a} {type_text(kind)} {place!a}" for name, kind, *place in fields]
    kind = "" if dtype.type is numpy.void else _name(dtype.type)
    return f"{dtype.itemsize}{kind}: {', '.join(shown)}"


def _plain_text(dtype: numpy.dtype[Any]) -> str:
    if not getattr(type(dtype), "_legacy", True):
        raise RefusedError(dtype, "what makes up this dtype is not known here: cast the array")
    # All numbers of 8 bits that other libraries add are one code to numpy.
    return dtype.str if dtype.type.__module__ == "numpy" else f"{dtype.str}{_name(dtype.type)}"


def _name(kind: type) -> str:
    return f" {kind.__module__}.{kind.__qualname__}"


def notes_of(dtype: numpy.dtype[Any]) -> list[object]:
    """The metadata of a dtype and, in their places, of those it is made of; most often nothing."""
    if dtype.metadata is None and dtype.fields is None and dtype.subdtype is None:
        return []
    inner = [dtype.fields[name][0] for name in dtype.names or ()] if dtype.fields else []
    if dtype.subdtype is not None:
        inner = [dtype.subdtype[0]]
    held = [notes_of(one) for one in inner]
    # A pickle may leave empty metadata where there was none.
    own = dict(dtype.metadata or {})
    return [own, *held] if own or any(held) else []


def _dtype(value: numpy.dtype[Any], context: Context) -> bytes | Node:
    head = text(type_text(value))
    notes = notes_of(value)
    if not notes:
        return node("numpy.dtype", head)
    return Node(
        (notes,), lambda written: node("numpy.dtype", head, *written), lambda _: ".metadata"
    )


def _texts(value: Any, context: Context) -> Node:
    coerced = boolean(value.coerce)
    parts = (value.na_object,) if hasattr(value, "na_object") else ()
    return Node(
        parts, lambda written: node("numpy.texts", coerced, *written), lambda _: ".na_object"
    )
