"""Values that codecs give back, by what is special about them."""

from __future__ import annotations

import datetime
import decimal
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

Samples = dict[str, Callable[[], object]]

NOON = datetime.datetime.fromisoformat("2026-01-01T12:00:00")


class Color(enum.Enum):
    RED = 1


@dataclass
class Order:
    number: int
    items: list[str] = field(default_factory=list)


DOCUMENTS: Samples = {
    "none": lambda: None,
    "false": lambda: False,
    "zero": lambda: 0,
    "minus zero": lambda: -0.0,
    "tiny number": lambda: 5e-324,
    "long fraction": lambda: 0.1 + 0.2,
    "widest integers": lambda: [2**63 - 1, -(2**63), 2**64 - 1],
    "empty text": lambda: "",
    "text": lambda: 'é\0\n"\U0001f600',
    "empty list": lambda: [],
    "empty dict": lambda: {},
    "nested": lambda: {"a": [1, 2.5, {"b": [None, True]}], "": {}},
    "integral float": lambda: [1.0, 1],
}

BYTES: Samples = {
    "empty": lambda: b"",
    "all": lambda: bytes(range(256)),
    "large": lambda: b"\0" * (1 << 20),
}

ARRAYS: Samples = {
    "integers": lambda: np.arange(12),
    "bytes": lambda: np.arange(12, dtype="u1"),
    "big-endian": lambda: np.arange(5, dtype=">i4"),
    "halves": lambda: np.array([1.5, -0.0, np.nan], "f2"),
    "nan bits": lambda: np.array([0x7FF8000000000001, 0xFFF8000000000000], "u8").view("f8"),
    "complex": lambda: np.array([1 + 2j, -0.0j]),
    "booleans": lambda: np.array([[True], [False]]),
    "no dimension": lambda: np.array(3.5),
    "no elements": lambda: np.zeros((0, 3), "i2"),
    "fortran": lambda: np.asfortranarray(np.arange(6).reshape(2, 3)),
    "slice": lambda: np.arange(20).reshape(4, 5)[::2, ::-1],
    "broadcast": lambda: np.broadcast_to(np.arange(3), (4, 3)),
    "text": lambda: np.array(["a", "", "łódź"]),
    "byte strings": lambda: np.array([b"a\0", b"ab"]),
    "empty text": lambda: np.array(["", ""]),
    "days": lambda: np.array(["2026-01-01", "NaT"], "M8[D]"),
    "quarter hours": lambda: np.array([1, 2], "m8[15m]"),
    "structured": lambda: np.array([(1, 2.5), (3, -0.0)], [("a", "i4"), ("b", ">f8")]),
    "nested fields": lambda: np.zeros(2, [("a", [("b", "i2"), ("c", "f4", (2,))])]),
    "aligned": lambda: np.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "titles": lambda: np.zeros(2, [(("long name", "a"), "i4")]),
    "read-only": lambda: np.frombuffer(b"12345678", "u1"),
}

SCALARS: Samples = {
    "integer": lambda: np.int16(-3),
    "float": lambda: np.float64(-0.0),
    "nan": lambda: np.float32("nan"),
    "complex": lambda: np.complex64(1 - 2j),
    "boolean": lambda: np.bool_(False),
    "text": lambda: np.str_("abc"),
    "day": lambda: np.datetime64("2026-01-01"),
    "not a time": lambda: np.timedelta64("NaT", "s"),
    "structured": lambda: np.array((1, 2.5), [("a", "i4"), ("b", "f8")])[()],
}

TABLES: Samples = {
    "columns": lambda: pa.table({"a": [1, None, 3], "b": ["x", "", None]}),
    "chunks": lambda: (
        pa.chunked_array([[1, 2], [], [3]]).combine_chunks()
        and pa.table({"a": pa.chunked_array([[1, 2], [], [3]])})
    ),
    "slice": lambda: pa.table({"a": list(range(100)), "b": ["x"] * 100}).slice(90, 5),
    "no rows": lambda: pa.table({"a": pa.array([], pa.timestamp("us", "UTC"))}),
    "no columns": lambda: pa.table({}),
    "metadata": lambda: pa.table({"a": [1]}).replace_schema_metadata({"k": "v", "j": ""}),
    "not null": lambda: pa.table([[1]], schema=pa.schema([pa.field("a", pa.int8(), False)])),
    "nested": lambda: pa.table(
        {"a": [[{"b": 1}], None, []], "c": [{"d": [1.5]}, None, {"d": None}]}
    ),
    "dictionary": lambda: pa.table({"a": pa.array(["x", "y", "x", None]).dictionary_encode()}),
    "map": lambda: pa.table({"a": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))}),
    "decimals": lambda: pa.table({"a": [decimal.Decimal("1.10"), None]}),
    "times": lambda: pa.table({"a": [NOON], "b": [datetime.date(2026, 1, 1)]}),
    "all null": lambda: pa.table({"a": [None, None]}),
    "nan and null": lambda: pa.table({"a": pa.array([float("nan"), None, -0.0])}),
    "fixed lists": lambda: pa.table({"a": pa.array([[1, 2], None], pa.list_(pa.int8(), 2))}),
    "same name twice": lambda: pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]),
}


def _with_attributes(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["unit"] = {"a": "m"}
    return frame


PANDAS_FRAMES: Samples = {
    "numbers": lambda: pd.DataFrame({"a": [1, 2], "b": [0.5, -0.0]}),
    "missing": lambda: pd.DataFrame({"a": [1.5, np.nan]}),
    "nullable": lambda: pd.DataFrame({"a": pd.array([1, None], "Int64")}),
    "times": lambda: pd.DataFrame({"a": pd.to_datetime(["2026-01-01", None])}),
    "zones": lambda: pd.DataFrame({"a": pd.to_datetime(["2026-01-01"]).tz_localize("UTC")}),
    "categories": lambda: pd.DataFrame({"a": pd.Categorical(["x", "y"], ["y", "x"], ordered=True)}),
    "own index": lambda: pd.DataFrame({"a": [1, 2]}, pd.Index([7, 9], name="n")),
    "range": lambda: pd.DataFrame({"a": [1, 2]}, pd.RangeIndex(4, 8, 2)),
    "named range": lambda: pd.DataFrame({"a": [1, 2]}, pd.RangeIndex(2, name="n")),
    "named columns": lambda: pd.DataFrame([[1]], columns=pd.Index(["a"], name="n")),
    "attributes": lambda: _with_attributes(pd.DataFrame({"a": [1]})),
    "zone with summer": lambda: pd.DataFrame(
        {"a": pd.to_datetime(["2026-07-01", None]).tz_localize("Europe/Warsaw")}
    ),
    "durations": lambda: pd.DataFrame({"a": pd.to_timedelta([1, None], unit="s")}),
    "texts": lambda: pd.DataFrame({"a": pd.array(["x", None, "łódź"], "str")}),
    "small numbers": lambda: pd.DataFrame({"a": np.arange(3, dtype="u1"), "b": np.ones(3, "f4")}),
    "nan bits": lambda: pd.DataFrame({"a": np.array([0x7FF8000000000001, 1], "u8").view("f8")}),
    "masked bits": lambda: pd.DataFrame({"a": pd.array([1.5, None], "Float32")}),
    "labels of days": lambda: pd.DataFrame(
        {"a": [1, 2]}, pd.DatetimeIndex(["2026-01-01", "2026-01-05"], name="day")
    ),
    "flags": lambda: pd.DataFrame({"a": [True, None]}, dtype="boolean"),
    "two levels": lambda: pd.DataFrame(
        {"a": [1]}, pd.MultiIndex.from_tuples([(1, 2)], names=["x", None])
    ),
    "no rows": lambda: pd.DataFrame({"a": np.array([], "f4")}),
}

# Parquet knows no seconds, and tells a NaN from a null only where the column can be null.
IN_PARQUET = [name for name in PANDAS_FRAMES if name not in {"missing", "nan bits"}]


def _tensor(make: Callable[[Any], object]) -> Callable[[], object]:
    def made() -> object:
        import torch

        return make(torch)

    return made


TENSORS: Samples = {
    "numbers": _tensor(lambda torch: torch.arange(6.0).reshape(2, 3)),
    "no dimension": _tensor(lambda torch: torch.tensor(1)),
    "no elements": _tensor(lambda torch: torch.zeros(0, 3)),
    "strided": _tensor(lambda torch: torch.arange(6).reshape(2, 3).T),
    "halves": _tensor(lambda torch: torch.ones(3, dtype=torch.bfloat16)),
    "booleans": _tensor(lambda torch: torch.tensor([True, False])),
    "complex": _tensor(lambda torch: torch.tensor([1 + 2j, -1j])),
    "conjugated": _tensor(lambda torch: torch.tensor([1 + 2j]).conj()),
    "needs a gradient": _tensor(lambda torch: torch.ones(2, requires_grad=True)),
}

POLARS_FRAMES: Samples = {
    "columns": lambda: pl.DataFrame({"a": [1, None], "b": ["x", None], "c": [0.5, float("nan")]}),
    "nested": lambda: pl.DataFrame({"a": [[1], None], "b": [{"c": 1}, {"c": None}]}),
    "times": lambda: pl.DataFrame({"a": [NOON], "b": [datetime.timedelta(1)]}),
    "enum": lambda: pl.DataFrame({"a": ["x"]}, schema={"a": pl.Enum(["x", "y"])}),
    "no rows": lambda: pl.DataFrame(schema={"a": pl.Int8}),
    "no columns": lambda: pl.DataFrame(),
}

OBJECTS: Samples = {
    "tuple": lambda: (1, (2, [3])),
    "set": lambda: {1, "a", None},
    "nan": lambda: float("nan"),
    "dataclass": lambda: Order(1, ["a"]),
    "enum": lambda: Color.RED,
    "decimal": lambda: decimal.Decimal("1.10"),
    "time zone": lambda: datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    "arrays": lambda: {"a": np.arange(5), "b": [np.zeros((2, 0))]},
    "large array": lambda: {"a": np.arange(100_000)},
    "objects": lambda: np.array([1, "a", None], object),
    "series": lambda: pd.Series([1.5, None], name="x"),
    "frame of objects": lambda: pd.DataFrame({"a": [[1], {"b": 2}]}),
    "surrogates": lambda: "\ud800",
    "large integer": lambda: 10**30,
}
