"""How Arrow's types are written: name, parameters and, part by part, what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow
from pyarrow import types as kinds

from orchestra_cache.fingerprints.grammar import (
    NONE,
    array,
    binary,
    boolean,
    integer,
    node,
    text,
)
from orchestra_cache.fingerprints.values.nodes import Context, RefusedError
from orchestra_cache.fingerprints.values.objects import class_name

__all__ = ["written_type"]

# What makes up Arrow's own extension types beside their storage: those serialise out of sight.
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "arrow.bool8": (),
    "arrow.fixed_shape_tensor": ("shape", "permutation", "dim_names"),
    "arrow.json": (),
    "arrow.opaque": ("type_name", "vendor_name"),
    "arrow.uuid": (),
}


def written_type(kind: Any, context: Context) -> bytes:
    """A type without parts by its text; of others the text leaves something out."""
    if isinstance(kind, pyarrow.BaseExtensionType):
        storage = written_type(kind.storage_type, context)
        return node("arrow.extension", text(kind.extension_name), storage, *_own(kind, context))
    parts = [_written_field(field, context) for field in _fields(kind)]
    parts += [written_type(inner, context) for inner in _unnamed(kind)]
    shown = text(str(kind))
    return node("arrow.nested", shown, *parts) if parts else shown


def _fields(kind: Any) -> Sequence[Any]:
    if kinds.is_struct(kind) or kinds.is_union(kind):
        return [kind.field(at) for at in range(kind.num_fields)]
    if kinds.is_map(kind):
        return [kind.key_field, kind.item_field]
    return [kind.value_field] if hasattr(kind, "value_field") else []


def _unnamed(kind: Any) -> Sequence[Any]:
    if kinds.is_dictionary(kind):
        return [kind.index_type, kind.value_type]
    return [kind.run_end_type, kind.value_type] if kinds.is_run_end_encoded(kind) else []


def _written_field(field: Any, context: Context) -> bytes:
    notes = sorted((field.metadata or {}).items())
    return node(
        "arrow.part",
        text(field.name),
        written_type(field.type, context),
        boolean(field.nullable),
        array([binary(word) for pair in notes for word in pair]),
    )


def _own(kind: Any, context: Context) -> Sequence[bytes]:
    """The parameters of an extension type, and the class that reads them."""
    if isinstance(kind, pyarrow.ExtensionType):
        context.met.add(type(kind))
        return (text(class_name(type(kind))), binary(kind.__arrow_ext_serialize__()))
    names = _PARAMETERS.get(kind.extension_name)
    if names is None:
        hint = f"Arrow type {kind} is not known here: cast the column to its storage"
        raise RefusedError(kind, hint)
    return [_parameter(getattr(kind, name)) for name in names]


def _parameter(value: Any) -> bytes:
    if value is None:
        return NONE
    if isinstance(value, str):
        return text(value)
    return integer(value) if isinstance(value, int) else array([_parameter(one) for one in value])
