"""How arrays of pandas' own are written: the columns that are no numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from orchestra_cache.fingerprints.grammar import binary, node, text
from orchestra_cache.fingerprints.values.libraries import zones
from orchestra_cache.fingerprints.values.libraries.arrays import (
    Written,
    blanked_array,
    written_columns,
)
from orchestra_cache.fingerprints.values.libraries.frequencies import (
    frequency_of,
    written_calendar,
    written_offset,
)
from orchestra_cache.fingerprints.values.libraries.texts import plain_texts
from orchestra_cache.fingerprints.values.libraries.zones import shown_zone, zone_beside_instant
from orchestra_cache.fingerprints.values.nodes import Context, Node, register_handler

__all__ = ["held", "load", "side_by_side", "ticks_of"]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Stands for an extension array by what it is made of."""

    dtype: Any
    parts: tuple[Any, ...]


def load() -> None:
    """Register the handlers of all extension arrays of pandas."""
    import pandas

    zones.load()
    register_handler(_Parts, _node)
    register_handler(pandas.DatetimeTZDtype, _zoned_dtype)
    for kind in _below(pandas.api.extensions.ExtensionArray):
        register_handler(kind, _extension)
    register_handler(pandas.Categorical, _categorical)
    for kind in _below(pandas.offsets.BaseOffset):
        register_handler(kind, written_offset)
    register_handler(numpy.busdaycalendar, written_calendar)


def _below(kind: Any) -> list[type]:
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("pandas")]
    return [*children, *(deeper for child in children for deeper in _below(child))]


def held(array: Any) -> Any:
    """An extension array, or the numpy array that it only wraps."""
    return array.to_numpy() if type(array).__name__.startswith(("Numpy", "Pandas")) else array


def side_by_side(columns: Sequence[Any]) -> list[Any]:
    """What stands for the columns of a frame; those that are numbers are digested together."""
    ticks = [column.asi8 if _is_time(column) else column for column in columns]
    pairs = zip(columns, written_columns(ticks), strict=True)
    return [_Parts(column.dtype, (done,)) if _is_time(column) else done for column, done in pairs]


def ticks_of(array: Any) -> object:
    """What stands for an array of times without its frequency."""
    return _Parts(array.dtype, (array.asi8,))


def _is_time(value: Any) -> bool:
    return hasattr(value, "asi8")


def _categorical(value: Any, context: Context) -> Node:
    parts = (value.categories, bool(value.ordered), value.codes)
    return Node(parts, lambda written: node("pandas.Categorical", *written), digested=True)


def _extension(value: Any, context: Context) -> Node:
    return _node(_Parts(value.dtype, _parts_of(value)), context)


def _node(value: _Parts, context: Context) -> Node:
    kind = text(_dtype_text(value.dtype))
    parts = (*value.parts, *_unshown_zone(value.dtype))
    return Node(parts, lambda written: node("pandas.ExtensionArray", kind, *written), digested=True)


def _dtype_text(dtype: Any) -> str:
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        name, offset = shown_zone(zone) or ("", "")
        return f"datetime64[{dtype.unit}, {name}] {offset}"
    missing = getattr(dtype, "na_value", None)
    # `string` and `str` differ in what a missing value is, not always in their names.
    return f"{dtype} missing={missing!r}" if str(dtype) in ("string", "str") else str(dtype)


def _unshown_zone(dtype: Any) -> tuple[object, ...]:
    zone = getattr(dtype, "tz", None)
    return () if zone is None or shown_zone(zone) else (zone,)


def _zoned_dtype(value: Any, context: Context) -> Node:
    unit = text(value.unit)
    parts = (zone_beside_instant(value.tz),)
    return Node(parts, lambda written: node("pandas.DatetimeTZDtype", unit, *written))


def _parts_of(value: Any) -> tuple[Any, ...]:
    """What holds an extension array's content, with nothing left under missing values."""
    if hasattr(value, "_mask"):
        return (blanked_array(value._data, value._mask), value._mask)
    if _is_time(value):
        frequency = frequency_of(value)
        return (value.asi8,) if frequency is None else (value.asi8, frequency)
    if type(value.dtype).__name__ == "StringDtype":
        # However they are kept: texts in Arrow's memory and Python's are the same ones.
        return (Written(node("arrow.chunked", text("large_string"), binary(_texts(value)))),)
    if type(value.dtype).__name__ == "ArrowDtype":
        return (value._pa_array,)
    if type(value.dtype).__name__ == "IntervalDtype":
        return (value.left, value.right)
    return (list(value),)


def _texts(value: Any) -> bytes:
    if not hasattr(value, "_pa_array"):
        return plain_texts(value.to_numpy(object), ~value.isna())
    from orchestra_cache.fingerprints.values.libraries.columns import columns

    return columns([value._pa_array])[0]
