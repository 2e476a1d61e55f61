"""What values of numpy, pandas, polars and Arrow are made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from orchestra_cache.testing.descriptions import Description, real

__all__ = ["describe_library_value", "known"]

_LIBRARIES = ("numpy", "pandas", "polars", "pyarrow")


def known(kind: type) -> bool:
    """Whether a type, or one it is made from, belongs to a library that is described here."""
    return _described(kind) is not None


def describe_library_value(value: Any) -> Description:
    kind = type(value)
    found = _TYPES[_name(_described(kind) or kind)](value)
    if _top(kind) in _LIBRARIES:
        return found
    return Description(found.facts, [*found.parts, _added(value)])


def _added(value: Any) -> dict[str, object]:
    """What a subclass of the user's keeps beside the library's own content."""
    names = getattr(value, "_metadata", None)
    if names is None:
        return dict(getattr(value, "__dict__", {}))
    return {name: getattr(value, name, None) for name in names}


def _name(kind: type) -> str:
    return f"{_top(kind)}.{kind.__name__}"


def _top(kind: type) -> str:
    return str(kind.__module__).partition(".")[0]


def _described(kind: type) -> type | None:
    for base in kind.__mro__:
        if _name(base) in _TYPES:
            return base
    return None


def _dtype(dtype: Any) -> Hashable:
    if dtype.subdtype is not None:
        return ("subarray", _dtype(dtype.subdtype[0]), dtype.subdtype[1])
    if dtype.names is None:
        return str(dtype.str)
    fields = [
        (name, dtype.fields[name][1], dtype.fields[name][2:], _dtype(dtype.fields[name][0]))
        for name in dtype.names
    ]
    return (dtype.itemsize, *fields)


def _bits(value: Any) -> Hashable:
    """The elements in C order; of a structured array field by field, without the padding."""
    if value.dtype.names is not None:
        return tuple(_bits(value[name]) for name in value.dtype.names)
    return bytes(value.tobytes("C"))


def _array(value: Any) -> Description:
    facts = (_dtype(value.dtype), value.shape)
    if value.dtype.hasobject:
        return Description(facts, value.reshape(-1).tolist())
    return Description((*facts, _bits(value)))


def _masked(value: Any) -> Description:
    import numpy

    mask = numpy.ma.getmaskarray(value)
    data = value.filled(numpy.zeros((), value.dtype))
    return Description(parts=[numpy.asarray(data), mask, value.fill_value])


def _numpy_scalar(value: Any) -> Description:
    import numpy

    if value.dtype.hasobject:
        return Description((_dtype(value.dtype),), [value.item()])
    if value.dtype.kind == "f" and numpy.isnan(value):
        return Description((_dtype(value.dtype), "nan"))
    if value.dtype.kind == "c":
        return Description((_dtype(value.dtype),), [value.real, value.imag])
    return Description((_dtype(value.dtype), _bits(numpy.asarray(value))))


def _frame(value: Any) -> Description:
    columns = [_column(value.iloc[:, position]) for position in range(value.shape[1])]
    flags = value.flags.allows_duplicate_labels
    return Description((flags,), [value.columns, value.index, value.attrs, *columns])


def _series(value: Any) -> Description:
    return Description(parts=[value.name, value.index, value.attrs, _column(value)])


def _column(value: Any) -> Any:
    import numpy

    return value.to_numpy() if isinstance(value.dtype, numpy.dtype) else value.array


def _index(value: Any) -> Description:
    if type(value).__name__ == "RangeIndex":
        return Description((value.start, value.stop, value.step), [value.name])
    # Text labels are objects to pandas 2 and `str` to pandas 3, and one thing to people.
    if str(value.dtype) in ("object", "str"):
        return Description(("text",), [value.name, *value])
    frequency = getattr(value, "freqstr", None)
    return Description((frequency,), [value.name, _column(value)])


def _multi_index(value: Any) -> Description:
    return Description(parts=[value.get_level_values(level) for level in range(value.nlevels)])


def _categorical(value: Any) -> Description:
    return Description((bool(value.ordered),), [value.categories, value.codes])


def _extension(value: Any) -> Description:
    missing = type(getattr(value.dtype, "na_value", None)).__name__
    zone = getattr(value.dtype, "tz", None)
    if zone is None:
        return Description((str(value.dtype), missing), list(value))
    # A zone goes by its name: that it is of `pytz` or of `zoneinfo` is nothing of the instants.
    instants = value.tz_convert(None).to_numpy()
    return Description((str(value.dtype), zone.utcoffset(None)), [instants])


def _instant(value: Any) -> Description:
    return Description((value.asm8.tobytes(), value.unit, value.fold), [value.tzinfo])


def _duration(value: Any) -> Description:
    return Description((value.asm8.tobytes(), value.unit))


def _period(value: Any) -> Description:
    return Description((value.ordinal, value.freqstr))


def _interval(value: Any) -> Description:
    return Description((value.closed,), [value.left, value.right])


def _arrow_table(value: Any) -> Description:
    return Description((value.num_rows,), [value.schema, *value.columns])


def _arrow_schema(value: Any) -> Description:
    return Description(parts=[list(value), value.metadata])


def _arrow_field(value: Any) -> Description:
    return Description((value.name, str(value.type), value.nullable), [value.metadata])


def _arrow_type(value: Any) -> Description:
    return Description((str(value),))


def _arrow_scalar(value: Any) -> Description:
    held = value.as_py()
    facts = (str(value.type), real(held)) if isinstance(held, float) else (str(value.type),)
    return Description(facts, [held])


def _arrow_array(value: Any) -> Description:
    import pyarrow

    if isinstance(value, pyarrow.ChunkedArray):
        value = value.unify_dictionaries().combine_chunks()
    kind = value.type
    facts = (str(kind), len(value), bytes(str(value.is_valid().to_pylist()), "ascii"))
    return Description(facts, _arrow_content(value))


def _arrow_content(value: Any) -> list[object]:
    import pyarrow
    from pyarrow import compute
    from pyarrow import types as kinds

    kind = value.type
    if isinstance(kind, pyarrow.BaseExtensionType):
        return [value.storage]
    if kinds.is_dictionary(kind):
        return [value.indices, value.dictionary]
    if kinds.is_struct(kind):
        return list(value.flatten())
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind):
        return [compute.list_value_length(value).to_pylist(), value.flatten()]
    if kinds.is_floating(kind):
        return list(value.view(f"int{kind.bit_width}").to_pylist())
    return list(value.to_pylist())


def _polars_frame(value: Any) -> Description:
    return Description((value.height,), value.get_columns())


def _polars_series(value: Any) -> Description:
    if str(value.dtype) == "Object":
        return Description((value.name, "Object"), value.to_list())
    return Description((value.name, str(value.dtype)), [value.to_arrow()])


_TYPES: dict[str, Callable[[Any], Description]] = {
    "numpy.ndarray": _array,
    "numpy.MaskedArray": _masked,
    "numpy.generic": _numpy_scalar,
    "numpy.dtype": lambda value: Description((_dtype(value),)),
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.MultiIndex": _multi_index,
    "pandas.Categorical": _categorical,
    "pandas.ExtensionArray": _extension,
    "pandas.Timestamp": _instant,
    "pandas.Timedelta": _duration,
    "pandas.Period": _period,
    "pandas.Interval": _interval,
    "pandas.NAType": lambda value: Description(),
    "pandas.NaTType": lambda value: Description(),
    "polars.DataFrame": _polars_frame,
    "polars.Series": _polars_series,
    "pyarrow.Table": _arrow_table,
    "pyarrow.RecordBatch": _arrow_table,
    "pyarrow.ChunkedArray": _arrow_array,
    "pyarrow.Array": _arrow_array,
    "pyarrow.Scalar": _arrow_scalar,
    "pyarrow.Schema": _arrow_schema,
    "pyarrow.Field": _arrow_field,
    "pyarrow.DataType": _arrow_type,
}
