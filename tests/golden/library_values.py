"""Values of numpy, pandas, Arrow and polars whose digests are pinned.

Each pandas has its own dtype for texts and unit of times. What is here is the same in 2 and 3:
texts only as labels of an index, where both kinds count as one, and times with a unit.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

__all__ = ["LIBRARY_VALUES"]

LIBRARY_VALUES: dict[str, Callable[[], object]] = {
    "numpy integers": lambda: np.arange(10).astype("<i8"),
    "numpy big-endian": lambda: np.arange(10).astype(">f4").reshape(2, 5),
    "numpy strides": lambda: np.arange(100, dtype="<i4").reshape(10, 10)[::2, ::-3],
    "numpy text": lambda: np.array(["a", "bcd"], "<U3"),
    "numpy days": lambda: np.array(["2026-01-02", "NaT"], "<M8[D]"),
    "numpy fields": lambda: np.zeros(3, [("a", "<i2"), ("b", ">f8", (2,))]),
    "numpy objects": lambda: np.array([1, "a", None], object),
    "numpy scalar": lambda: np.float32(1.5),
    "numpy nan": lambda: np.complex128(complex(float("nan"), 1)),
    "numpy mask": lambda: np.ma.array([1.0, 2.0], mask=[False, True], fill_value=0.0),
    "numpy dtype": lambda: np.dtype([("a", "<i4"), ("b", "<f8")], align=True),
    "pandas numbers": lambda: pd.DataFrame({"a": np.array([1, 2], "<i8"), "b": [0.5, None]}),
    "pandas index": lambda: pd.DataFrame({"a": [True]}, pd.Index([3], name="n")),
    "pandas nullable": lambda: pd.Series(pd.array([1, None], "Int64"), name="a"),
    "pandas categories": lambda: pd.Series(pd.Categorical([1, 2, 1], [2, 1], ordered=True)),
    "pandas times": lambda: pd.Series(np.array(["2026-01-02", "NaT"], "M8[s]")),
    "pandas instant": lambda: pd.Timestamp("2026-01-02", tz="UTC").as_unit("ms"),
    "pandas levels": lambda: pd.MultiIndex.from_tuples([(1, 2.5), (3, 4.5)], names=["a", "b"]),
    "pandas missing": lambda: [pd.NA, pd.NaT],
    "arrow table": lambda: pa.table({"a": [1, None], "b": ["x", "yz"], "c": [[1.5], []]}),
    "arrow schema": lambda: pa.schema([pa.field("a", pa.int8(), False)], metadata={"k": "v"}),
    "arrow dictionary": lambda: pa.array(["a", "b", "a", None]).dictionary_encode(),
    "arrow structs": lambda: pa.array([{"a": 1, "b": None}, None, {"a": 2, "b": "x"}]),
    "polars frame": lambda: pl.DataFrame({"a": [1, None], "b": ["x", None], "c": [[1], None]}),
    "polars series": lambda: pl.Series("s", [datetime.date(2026, 1, 2), None]),
    "numpy texts": lambda: np.array(["a", None, "b" * 40], np.dtypes.StringDType(na_object=None)),
    "numpy metadata": lambda: np.zeros(2, [("a", np.dtype("<i4", metadata={"unit": "m"}))]),
    "numpy records": lambda: np.zeros(2, [("a", "<i4")]).view(np.recarray),
    "numpy mask over records": lambda: np.ma.array(
        np.zeros(2, [("a", "<i4")]).view(np.recarray), mask=[True, False]
    ),
    "numpy generator": lambda: np.random.default_rng(1),
    "numpy bits": lambda: np.random.PCG64(1),
    "numpy seed": lambda: np.random.SeedSequence(1, spawn_key=(2,)),
    "arrow nested types": lambda: [
        pa.list_(pa.field("item", pa.int8(), metadata={"k": "v"})),
        pa.map_(pa.string(), pa.struct([("a", pa.int8())])),
        pa.dictionary(pa.int8(), pa.string()),
        pa.fixed_shape_tensor(pa.int8(), [2, 2], dim_names=["a", "b"]),
        pa.opaque(pa.int8(), "a", "b"),
    ],
    "arrow extension": lambda: pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([bytes(16), None], pa.binary(16))
    ),
    "arrow scalars": lambda: [pa.scalar([1, None]), pa.scalar("a"), pa.scalar({"a": 1.5})],
}
