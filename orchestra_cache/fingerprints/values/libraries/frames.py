"""How pandas and polars values are written: labels by value, columns by dtype and content."""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy

from orchestra_cache.errors import MissingExtraError
from orchestra_cache.fingerprints.grammar import binary, integer, node, text
from orchestra_cache.fingerprints.values.libraries import arrays, extension_arrays
from orchestra_cache.fingerprints.values.libraries.arrays import Written
from orchestra_cache.fingerprints.values.libraries.extension_arrays import (
    held,
    side_by_side,
    ticks_of,
)
from orchestra_cache.fingerprints.values.libraries.frequencies import frequency_of
from orchestra_cache.fingerprints.values.libraries.zones import zone_beside_instant
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node, register_handler

__all__ = ["load"]


def load() -> None:
    """Register the handlers of those of the two libraries that are imported by now."""
    arrays.load()
    if "pandas" in sys.modules:
        _load_pandas()
    if "polars" in sys.modules:
        _load_polars()


@functools.cache
def _load_pandas() -> None:
    import pandas

    extension_arrays.load()
    for name, handler in _PANDAS.items():
        register_handler(getattr(pandas, name), handler)
    for missing in ("NA", "NaT"):
        register_handler(type(getattr(pandas, missing)), _constant(f"pandas.{missing}"))


def _constant(tag: str) -> Handler:
    written = node(tag)
    return lambda value, context: written


def _frame(value: Any, context: Context) -> Node:
    columns = side_by_side([held(column) for column in value._iter_column_arrays()])
    context.met.add(numpy.ndarray)
    parts = (value.columns, value.index, value.attrs, value.flags.allows_duplicate_labels, *columns)
    names = (".columns", ".index", ".attrs", ".flags")
    return Node(
        parts,
        lambda written: node("pandas.DataFrame", *written),
        lambda at: names[at] if at < 4 else f"column {value.columns[at - 4]!r}",
        digested=True,
    )


def _series(value: Any, context: Context) -> Node:
    parts = (value.name, value.index, value.attrs, _content(value))
    steps = (".name", ".index", ".attrs", ".values")
    return Node(
        parts, lambda written: node("pandas.Series", *written), steps.__getitem__, digested=True
    )


def _content(value: Any) -> Any:
    """The array that holds a column's content, without a copy where pandas has one."""
    return held(value.array)


def _index(value: Any, context: Context) -> Node:
    parts = (value.name, _labels(value))
    return Node(parts, lambda written: node("pandas.Index", *written), digested=True)


def _labels(value: Any) -> Any:
    # pandas 2 keeps text labels as objects and pandas 3 as `str`: they are the same labels.
    content = _content(value)
    kind = str(value.dtype)
    return content if kind not in ("object", "str") else ("labels", value.tolist())


def _timed_index(value: Any, context: Context) -> Node:
    parts = (value.name, frequency_of(value), ticks_of(value.array))
    return Node(parts, lambda written: node("pandas.Index", *written), digested=True)


def _range_index(value: Any, context: Context) -> Node:
    bounds = tuple(integer(part) for part in (value.start, value.stop, value.step))
    return Node(
        (value.name,),
        lambda written: node("pandas.RangeIndex", *bounds, *written),
        digested=True,
    )


def _multi_index(value: Any, context: Context) -> Node:
    levels = [value.get_level_values(position) for position in range(value.nlevels)]
    return Node(levels, lambda written: node("pandas.MultiIndex", *written), digested=True)


def _timestamp(value: Any, context: Context) -> Node:
    head = (_ticks(value), text(value.unit), integer(value.fold))
    zone = zone_beside_instant(value.tzinfo)
    return Node((zone,), lambda written: node("pandas.Timestamp", *head, *written), lambda _: ".tz")


def _timedelta(value: Any, context: Context) -> bytes:
    return node("pandas.Timedelta", _ticks(value), text(value.unit))


def _ticks(value: Any) -> bytes:
    # `.value` counts nanoseconds, which end in the year 2262.
    return integer(int(value.asm8.view("i8")))


def _interval(value: Any, context: Context) -> Node:
    parts = (value.left, value.right, value.closed)
    return Node(parts, lambda written: node("pandas.Interval", *written))


def _period(value: Any, context: Context) -> bytes:
    return node("pandas.Period", integer(value.ordinal), text(value.freqstr))


_PANDAS: dict[str, Handler] = {
    "DataFrame": _frame,
    "Series": _series,
    "Index": _index,
    "RangeIndex": _range_index,
    "MultiIndex": _multi_index,
    "CategoricalIndex": _index,
    "IntervalIndex": _index,
    "DatetimeIndex": _timed_index,
    "TimedeltaIndex": _timed_index,
    "PeriodIndex": _timed_index,
    "Timestamp": _timestamp,
    "Timedelta": _timedelta,
    "Interval": _interval,
    "Period": _period,
}


@functools.cache
def _load_polars() -> None:
    import polars

    register_handler(polars.DataFrame, _polars_frame)
    register_handler(polars.Series, _polars_series)


def _polars_frame(value: Any, context: Context) -> Node:
    head = integer(value.height)
    names = value.columns
    return Node(
        _polars_columns(value.get_columns(), context),
        lambda written: node("polars.DataFrame", head, *written),
        lambda at: f"column {names[at]!r}",
        digested=True,
    )


def _polars_series(value: Any, context: Context) -> Node:
    (part,) = _polars_columns([value], context)
    if isinstance(part, Written):
        return Node((), lambda _: part.body, digested=True)
    head = (text(value.name), text(str(value.dtype)))
    parts = (value.to_list(),)
    return Node(parts, lambda written: node("polars.Series", *head, *written), digested=True)


def _polars_columns(series: list[Any], context: Context) -> list[Any]:
    """What stands for the series: those without Python's objects are written side by side."""
    try:
        from orchestra_cache.fingerprints.values.libraries.columns import columns
    except ImportError as error:
        raise MissingExtraError("pyarrow", "frames") from error
    kinds = [str(one.dtype) for one in series]
    plain = [
        _polars_pieces(one) for one, kind in zip(series, kinds, strict=True) if kind != "Object"
    ]
    digests = iter(columns(plain))
    context.met.update(map(type, series))
    return [
        one
        if kind == "Object"
        else Written(node("polars.Series", text(one.name), text(kind), binary(next(digests))))
        for one, kind in zip(series, kinds, strict=True)
    ]


def _polars_pieces(series: Any) -> list[Any]:
    # Of several chunks, `to_arrow` would make one first.
    return [chunk.to_arrow(compat_level=_newest()) for chunk in series.get_chunks()]


@functools.cache
def _newest() -> Any:
    import polars

    # The oldest level has texts copied into another form.
    return polars.CompatLevel.newest()
