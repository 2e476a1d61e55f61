"""Values of pandas whose digests are pinned: the same in pandas 2 and 3.

What is left out has another type in each: columns of texts, instants without a unit, and missing
labels among texts.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = ["PANDAS_VALUES"]

DAYS = ["2026-01-01", "2026-01-02"]


def days(unit: str = "ns", **terms: object) -> pd.DatetimeIndex:
    return pd.date_range(DAYS[0], periods=2, unit=unit, **terms)


def with_attributes() -> pd.DataFrame:
    made = pd.DataFrame({"a": np.array([1], "<i8")})
    made.attrs["unit"] = {"a": "m"}
    return made


PANDAS_VALUES: dict[str, Callable[[], object]] = {
    "pandas objects": lambda: pd.Series([1, "a", None], dtype=object),
    "pandas texts as objects": lambda: pd.DataFrame({"a": pd.Series(["x", "y"], dtype=object)}),
    "pandas strings": lambda: pd.Series(pd.array(["x", None], "string[python]")),
    "pandas strings of arrow": lambda: pd.Series(pd.array(["x", None], "string[pyarrow]")),
    "pandas truths": lambda: pd.Series([True, None], dtype="boolean"),
    "pandas nullable floats": lambda: pd.Series([1.5, None], dtype="Float64"),
    "pandas text labels": lambda: pd.Series(np.array([1, 2], "<i8"), index=["a", "b"]),
    "pandas text levels": lambda: pd.MultiIndex.from_product(
        [["a", "b"], [1, 2]], names=["x", "y"]
    ),
    "pandas text categories": lambda: pd.Series(pd.Categorical(["a", "b", "a"])),
    "pandas zoned": lambda: pd.Series(
        pd.to_datetime(DAYS).as_unit("ns").tz_localize("Europe/Berlin")
    ),
    "pandas utc": lambda: pd.Series(pd.to_datetime(DAYS).as_unit("s").tz_localize("UTC")),
    "pandas daily": lambda: days(freq="D"),
    "pandas hourly": lambda: days(freq="h", tz="Europe/Berlin"),
    "pandas monthly": lambda: days(freq="ME"),
    "pandas durations": lambda: pd.Series(pd.to_timedelta([1, 2], unit="s").as_unit("ns")),
    "pandas duration": lambda: pd.Timedelta(days=1).as_unit("ns"),
    "pandas periods": lambda: pd.Series(pd.period_range("2026-01", "2026-02", freq="M")),
    "pandas intervals": lambda: pd.Series(pd.arrays.IntervalArray.from_breaks([0, 1, 2])),
    "pandas sparse": lambda: pd.Series(pd.arrays.SparseArray([0, 1])),
    "pandas arrow": lambda: pd.Series([1, None], dtype="int64[pyarrow]"),
    "pandas empty": pd.DataFrame,
    "pandas columns alone": lambda: pd.DataFrame(columns=["a"], dtype="f8"),
    "pandas attributes": with_attributes,
    "pandas grouped": lambda: pd.DataFrame({"a": [1, 1], "b": [1, 2]}).groupby("a").sum(),
    "pandas read": lambda: pd.read_csv(io.StringIO("a,b\n1,2.5\n")),
    "pandas zoned instant": lambda: pd.Timestamp("2026-07-01 12:00", tz="Europe/Berlin").as_unit(
        "s"
    ),
    "pandas ambiguous hour": lambda: pd.date_range(
        "2026-10-25", periods=2, freq="h", tz="UTC", unit="ns"
    ).tz_convert("Europe/Berlin")[1],
    "pandas offset instant": lambda: pd.Timestamp("2026-07-01T12:00+02:00").as_unit("ns"),
    "pandas zoned dtype": lambda: pd.DatetimeTZDtype("ns", "Europe/Berlin"),
    "pandas fixed zone": lambda: pd.Series(days(tz="Etc/GMT+5")),
    "pandas zoned levels": lambda: pd.MultiIndex.from_tuples([(days(tz="Europe/Berlin")[0], 1)]),
    "pandas own days": lambda: days(freq=pd.offsets.CustomBusinessDay(holidays=["2026-01-05"])),
    "pandas offsets": lambda: [pd.offsets.Day(2), pd.offsets.DateOffset(months=1)],
}
