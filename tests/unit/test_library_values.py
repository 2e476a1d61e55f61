"""Values of numpy, pandas, Arrow and scikit-learn that the property tests do not make."""

from __future__ import annotations

import datetime
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KDTree
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints import encoder

NAN = float("nan")


class Measured(np.ndarray[Any, Any]):
    unit = ""


class GeoFrame(pd.DataFrame):
    _metadata = ["projection"]  # noqa: RUF012
    projection = ""


def measured(unit: str) -> Any:
    array = np.arange(3).view(Measured)
    array.unit = unit
    return array


def located(projection: str) -> GeoFrame:
    frame = GeoFrame({"a": [1]})
    frame.projection = projection
    return frame


def zoned(hours: int) -> pd.Series:
    """One instant, in a zone that does not tell its offset by its name."""
    zone = datetime.timezone(datetime.timedelta(hours=hours), "X")
    return pd.Series(pd.to_datetime(["2026-01-01"]).tz_localize("UTC").tz_convert(zone))


def fields(**terms: Any) -> np.dtype[Any]:
    return np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], **terms})


DIFFERENT: dict[str, list[Any]] = {
    "numbers of numpy and of Python": [1, np.int64(1), np.int32(1), np.uint64(1), np.bool_(1)],
    "parts of complex numbers": [np.complex128(complex(NAN, 1)), np.complex128(complex(NAN, 2))],
    "scalars and arrays": [np.float64(1), np.array(1.0), np.array([1.0]), 1.0],
    "texts that end in zeros": [np.str_("a"), np.str_("a\0"), np.bytes_(b"a"), np.bytes_(b"a\0")],
    "units of times": [np.datetime64("2026-01-01", unit) for unit in ("D", "s", "ns")],
    "dtypes": [np.dtype(name) for name in ("i4", ">i4", "i8", "f4", "S4", "U4", "M8[s]", "O")],
    "offsets of fields": [fields(), *(fields(offsets=[n, 0]) for n in (0, 4)), fields(itemsize=16)],
    "titles of fields": [fields(), fields(titles=["x", "y"]), fields(titles=["y", "x"])],
    "attributes of subclasses": [measured("m"), measured("km"), np.arange(3)],
    "matrix and array": [np.array([[1]]), np.matrix([[1]])],
    "masks": [
        np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0]), np.ma.array([1, 2]),
        np.ma.array([1, 2], mask=[0, 1], fill_value=3), np.array([1, 2]), np.ma.masked,
    ],
    "random states": [np.random.default_rng(1), np.random.default_rng(2), np.random.RandomState(1)],
    "ufuncs": [np.add, np.subtract],
    "metadata of frames": [located(""), located("WGS84"), pd.DataFrame({"a": [1]})],
    "fixed zones of one name": [zoned(1), zoned(2)],
    "instants": [*map(pd.Timestamp("2026-01-01").as_unit, ("s", "ms", "ns")), pd.NaT, pd.NA],
    "far instants": [pd.Timestamp("3000-01-01"), pd.Timestamp("3000-01-02")],
    "far durations": [pd.Timedelta(np.timedelta64(10**n, "s")) for n in (12, 13)],
    "periods and intervals": [
        pd.Period("2026-01", "M"), pd.Period("2026-01-01", "D"), pd.Interval(0, 1),
        pd.Interval(0, 1, closed="left"), pd.Interval(0, 2),
    ],
    "series, index, array": [
        pd.Series([1]), pd.Index([1]), pd.array([1]), np.array([1]), pl.Series([1]), pa.array([1]),
    ],
    "Arrow types, fields and schemas": [
        pa.int8(), pa.int16(), pa.field("a", pa.int8()), pa.field("a", pa.int8(), nullable=False),
        pa.schema({"a": pa.int8()}), pa.schema({"b": pa.int8()}),
        pa.schema({"a": pa.int8()}, metadata={"k": "v"}), pa.list_(pa.int8()),
        pa.list_(pa.int8(), 1),
    ],
    "Arrow scalars": [pa.scalar(1), pa.scalar(1, pa.int8()), pa.scalar(1.0), pa.scalar(None)],
    "kinds of polars": [
        pl.DataFrame({"a": [1]}), pl.Series("a", [1]), pl.Series("b", [1]),
        pl.Series("a", [1], pl.Int8),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_values_that_differ_have_digests_of_their_own(name: str) -> None:
    values = DIFFERENT[name]

    digests = [fingerprint(value) for value in values]

    assert len(set(digests)) == len(values)
    assert digests == [fingerprint(value) for value in values]


def test_scalar_nans_of_one_type_are_one() -> None:
    odd = np.array([0x7FF8000000000001], "u8").view("f8")[0]

    assert fingerprint(np.float64(NAN)) == fingerprint(odd)
    assert fingerprint(np.float64(NAN)) != fingerprint(np.float32(NAN))
    assert fingerprint(complex(NAN, 1)) != fingerprint(complex(NAN, 2))


def test_nans_in_arrays_go_by_their_bits() -> None:
    odd = np.array([0x7FF8000000000001], "u8").view("f8")

    assert fingerprint(np.array([NAN])) != fingerprint(odd)


def test_a_mask_over_fields_counts_field_by_field() -> None:
    one, other = (
        np.ma.array([(1, hidden)], dtype=[("a", "i4"), ("b", "f8")], mask=[(False, True)])
        for hidden in (1.5, 2.5)
    )

    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(one.data)


def test_a_ufunc_that_calls_a_function_of_the_users_is_refused() -> None:
    with pytest.raises(FingerprintError, match=r"numpy\.ufunc"):
        fingerprint(np.frompyfunc(lambda value: value, 1, 1))


def test_an_array_that_contains_itself_has_a_fingerprint() -> None:
    loops = [np.empty(1, object) for _ in range(2)]
    for loop in loops:
        loop[0] = loop

    assert fingerprint(loops[0]) == fingerprint(loops[1])


def test_arrow_types_that_are_not_known_are_refused_by_name() -> None:
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])

    with pytest.raises(FingerprintError, match="sparse_union"):
        fingerprint(pa.table({"a": union}))


def test_the_error_names_the_column() -> None:
    frame = pd.DataFrame({"day": [1], "lock": [memoryview(b"live")]})

    with pytest.raises(FingerprintError) as caught:
        fingerprint({"frames": [frame]})

    assert caught.value.path.startswith("value → ['frames'] → [0] → column 'lock' → ")
    assert caught.value.kind == "memoryview"


X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2

MODELS = {
    "linear": lambda: LinearRegression().fit(X, Y),
    "forest": lambda: RandomForestClassifier(3, random_state=0).fit(X, Y),
    "pipeline": lambda: make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y),
    "tree": lambda: KDTree(X),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_fitted_model_is_the_same_after_a_pickle_and_a_second_fit(name: str) -> None:
    model = MODELS[name]()

    again = [MODELS[name](), pickle.loads(pickle.dumps(model))]

    assert {fingerprint(other) for other in again} == {fingerprint(model)}


def test_models_differ_by_parameters_and_by_what_they_learnt() -> None:
    forests = [
        RandomForestClassifier(3, random_state=0),
        RandomForestClassifier(3, random_state=0).fit(X, Y),
        RandomForestClassifier(3, random_state=0).fit(X, 1 - Y),
        RandomForestClassifier(4, random_state=0).fit(X, Y),
        RandomForestClassifier(3, random_state=1).fit(X, Y),
    ]

    assert len({fingerprint(forest) for forest in forests}) == len(forests)


def test_the_libraries_of_a_value_are_noted() -> None:
    from orchestra_cache.fingerprints.origin import made_of

    writer = encoder()
    writer.digest([pd.DataFrame({"a": [1]}), pa.table({"a": [1]}), pl.DataFrame({"a": [1]})])

    assert {"pandas", "pyarrow", "polars", "numpy"} <= made_of(writer.met)
