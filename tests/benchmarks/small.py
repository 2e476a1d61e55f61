"""Rows of small arrays and tables, where the way to the bytes is longer than the bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from orchestra_cache import fingerprint
from tests.benchmarks.rows import Bound, Row

__all__ = ["SMALL"]

_FASTER = Bound(ratios={"joblib": 1, "prefect": 1})

_THREE = {"a": np.arange(10), "b": np.arange(10) / 4, "c": np.arange(10) > 4}


def _row(name: str, value: Any) -> Row:
    return Row(name, lambda scale: value, fingerprint, _FASTER)


def _texts() -> Any:
    return pd.DataFrame({"a": [f"order {n}" for n in range(10)]})


SMALL = [
    _row("numpy scalar", np.float64(1.5)),
    _row("numpy, 1 kB", np.arange(128.0)),
    _row("numpy, 1 kB, strided", np.arange(256.0)[::2]),
    _row("numpy, 1 MB", np.arange(131072.0)),
    _row("100 arrays of 1 kB", [np.arange(128.0) + n for n in range(100)]),
    _row("pandas, 10 × 3", pd.DataFrame(_THREE)),
    _row("pandas, 10 texts", _texts()),
    _row("pandas series of 10", pd.Series(np.arange(10))),
    _row("pandas index of 10", pd.Index(np.arange(10))),
    _row("pandas index of 10 texts", pd.Index([f"order {n}" for n in range(10)])),
    _row("pandas, 10 × 100", pd.DataFrame({f"c{n}": np.arange(10) + n for n in range(100)})),
    _row("polars, 10 × 3", pl.DataFrame(_THREE)),
    _row("arrow, 10 × 3", pa.table(_THREE)),
]
