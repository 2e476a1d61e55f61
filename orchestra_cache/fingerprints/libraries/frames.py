"""How pandas and polars values are written: labels by value, columns by dtype and content."""

from __future__ import annotations

import functools
import sys
from typing import Any

from orchestra_cache.errors import MissingExtraError
from orchestra_cache.fingerprints.grammar import binary, integer, node, text
from orchestra_cache.fingerprints.nodes import Context, Handler, Node, register_handler

__all__ = ["load"]


def load() -> None:
    """Register the handlers of those of the two libraries that are imported by now."""
    if "pandas" in sys.modules:
        _load_pandas()
    if "polars" in sys.modules:
        _load_polars()


@functools.cache
def _load_pandas() -> None:
    import pandas

    for name, handler in _PANDAS.items():
        register_handler(getattr(pandas, name), handler)
    for missing in ("NA", "NaT"):
        register_handler(type(getattr(pandas, missing)), _constant(f"pandas.{missing}"))
    for kind in _extension_arrays(pandas.api.extensions.ExtensionArray):
        register_handler(kind, _categorical if kind is pandas.Categorical else _extension)


def _constant(tag: str) -> Handler:
    written = node(tag)
    return lambda value, context: written


def _extension_arrays(kind: Any) -> list[type]:
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("pandas")]
    return [*children, *(deeper for child in children for deeper in _extension_arrays(child))]


def _frame(value: Any, context: Context) -> Node:
    columns = [_content(value.iloc[:, position]) for position in range(value.shape[1])]
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
    held = value.array
    return held.to_numpy() if type(held).__name__.startswith(("Numpy", "Pandas")) else held


def _index(value: Any, context: Context) -> Node:
    parts = (value.name, _labels(value))
    return Node(parts, lambda written: node("pandas.Index", *written), digested=True)


def _labels(value: Any) -> Any:
    # pandas 2 keeps text labels as objects and pandas 3 as `str`: they are the same labels.
    content = _content(value)
    kind = str(value.dtype)
    return content if kind not in ("object", "str") else ("labels", list(value))


def _timed_index(value: Any, context: Context) -> Node:
    frequency = getattr(value, "freqstr", None)
    parts = (value.name, frequency, value.array)
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


def _categorical(value: Any, context: Context) -> Node:
    parts = (value.categories, bool(value.ordered), value.codes)
    return Node(parts, lambda written: node("pandas.Categorical", *written), digested=True)


def _extension(value: Any, context: Context) -> Node:
    kind = text(_dtype_text(value.dtype))
    parts = _parts_of(value)
    return Node(parts, lambda written: node("pandas.ExtensionArray", kind, *written), digested=True)


def _dtype_text(dtype: Any) -> str:
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        # A fixed zone can bear any name.
        return f"{dtype} {zone.utcoffset(None)}"
    missing = getattr(dtype, "na_value", None)
    # `string` and `str` differ in what a missing value is, not always in their names.
    return f"{dtype} missing={missing!r}" if str(dtype) in ("string", "str") else str(dtype)


def _parts_of(value: Any) -> tuple[Any, ...]:
    """What holds an extension array's content, with nothing left under missing values."""
    if hasattr(value, "_mask"):
        mask = value._mask
        data = value._data.copy()
        data[mask] = data.dtype.type(0)
        return (data, mask)
    if value.dtype.kind in "mM" and hasattr(value, "asi8"):
        return (value.asi8,)
    if _is_text(value):
        import pyarrow

        return (pyarrow.chunked_array([_text_array(value)]),)
    return (list(value),)


def _is_text(value: Any) -> bool:
    return "pyarrow" in sys.modules and type(value.dtype).__name__ == "StringDtype"


def _text_array(value: Any) -> Any:
    import pyarrow

    held = value.__arrow_array__(type=pyarrow.large_string())
    return held.combine_chunks() if isinstance(held, pyarrow.ChunkedArray) else held


def _timestamp(value: Any, context: Context) -> Node:
    head = (_ticks(value), text(value.unit), integer(value.fold))
    return Node((value.tzinfo,), lambda written: node("pandas.Timestamp", *head, *written))


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
    "Categorical": _categorical,
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
    parts = value.get_columns()
    return Node(
        parts,
        lambda written: node("polars.DataFrame", head, *written),
        lambda at: f"column {parts[at].name!r}",
        digested=True,
    )


def _polars_series(value: Any, context: Context) -> Node:
    try:
        from orchestra_cache.fingerprints.libraries.arrow import column
    except ImportError as error:
        raise MissingExtraError("pyarrow", "frames") from error
    head = (text(value.name), text(str(value.dtype)))
    if str(value.dtype) == "Object":
        parts = (value.to_list(),)
        return Node(parts, lambda written: node("polars.Series", *head, *written), digested=True)
    body = binary(column(value.to_arrow()).raw)
    return Node((), lambda _: node("polars.Series", *head, body), digested=True)
