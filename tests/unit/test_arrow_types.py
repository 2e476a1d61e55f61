"""Arrow's types count by all they are made of; columns of types not known here are refused."""

from __future__ import annotations

import pickle
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import compute

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError

INT = pa.int8()


class Money(pa.ExtensionType):
    def __init__(self, currency: str) -> None:
        self.currency = currency
        super().__init__(INT, "shop.money")

    def __arrow_ext_serialize__(self) -> bytes:
        return self.currency.encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: Any, serialized: bytes) -> Money:
        return cls(serialized.decode())


class Price(Money):
    pass


def noted(note: str) -> pa.Field:
    return pa.field("item", INT, metadata={"k": note})


def tensor(shape: list[int], **terms: Any) -> pa.DataType:
    return pa.fixed_shape_tensor(INT, shape, **terms)


TYPES: list[Any] = [
    INT, pa.uuid(), pa.binary(16), pa.bool8(), pa.json_(), pa.json_(pa.large_string()), pa.string(),
    pa.opaque(INT, "a", "b"), pa.opaque(INT, "a", "c"), pa.opaque(pa.int16(), "a", "b"),
    pa.opaque(INT, "a, vendor_name=b", "c"), pa.opaque(INT, "a", "b, vendor_name=c"),
    tensor([2, 2]), tensor([4]), tensor([1, 4]), tensor([2, 2], permutation=[1, 0]),
    tensor([2, 2], dim_names=["a", "b"]), tensor([2, 2], dim_names=["a,b", "c"]),
    tensor([2, 2], dim_names=["a", "b,c"]), pa.list_(INT, 4),
    Money("EUR"), Money("USD"), Price("EUR"), pa.list_(Money("EUR")), pa.list_(Money("USD")),
    pa.dictionary(INT, Money("EUR")), pa.dictionary(INT, Money("USD")),
    pa.dictionary(INT, INT), pa.dictionary(INT, INT, ordered=True), pa.dictionary(pa.int16(), INT),
    pa.list_(INT), pa.large_list(INT), pa.list_view(INT), pa.large_list_view(INT),
    pa.list_(pa.field("item", INT, nullable=False)), pa.list_(pa.field("x", INT)),
    pa.list_(noted("v")), pa.list_(noted("w")), pa.list_(pa.list_(noted("v"))),
    pa.map_(pa.string(), INT), pa.map_(pa.string(), INT, keys_sorted=True),
    pa.map_(pa.string(), noted("v")), pa.struct([]),
    pa.struct([("a", INT), ("b", INT)]), pa.struct([("a: int8, b", INT)]),
    pa.run_end_encoded(pa.int16(), INT), pa.run_end_encoded(pa.int16(), Money("EUR")),
    pa.sparse_union([noted("v")]), pa.sparse_union([noted("w")]), pa.dense_union([noted("v")]),
    pa.sparse_union([noted("v")], [1]),
]  # fmt: skip


def test_types_that_differ_have_digests_of_their_own() -> None:
    digests = {str(fingerprint(kind)): kind for kind in TYPES}
    fields = {str(fingerprint(pa.field("a", kind))) for kind in TYPES}
    schemas = {str(fingerprint(pa.schema({"a": kind}))) for kind in TYPES}

    assert list(digests.values()) == TYPES
    assert len(fields) == len(schemas) == len(TYPES)


# What Arrow itself loses in a pickle: that keys are sorted.
PICKLED = [kind for kind in TYPES if "keys_sorted" not in str(kind)]


@pytest.mark.parametrize("kind", PICKLED, ids=range(len(PICKLED)))
def test_a_pickle_of_a_type_does_not_show(kind: Any) -> None:
    copied = pickle.loads(pickle.dumps(kind))

    assert fingerprint(copied) == fingerprint(kind)


def stored(kind: Any, *items: Any) -> pa.Array:
    return pa.ExtensionArray.from_storage(kind, pa.array(items, kind.storage_type))


COLUMNS: list[Any] = [
    stored(pa.uuid(), bytes(16), None), stored(pa.uuid(), bytes(15) + b"1", None),
    pa.array([bytes(16), None], pa.binary(16)),
    stored(pa.bool8(), 1, None), stored(pa.bool8(), 0, None), pa.array([1, None], INT),
    stored(pa.json_(), "1", None), stored(pa.json_(), "null", None),
    stored(pa.opaque(INT, "a", "b"), 1, None), stored(pa.opaque(INT, "a", "c"), 1, None),
    stored(tensor([2, 2]), [1, 2, 3, 4], None), stored(tensor([2, 2]), [1, 2, 3, 5], None),
    stored(tensor([4]), [1, 2, 3, 4], None),
    stored(tensor([2, 2], permutation=[1, 0]), [1, 2, 3, 4], None),
    stored(Money("EUR"), 1, None), stored(Money("USD"), 1, None), stored(Price("USD"), 1, None),
    pa.ListArray.from_arrays([0, 1, 1], stored(pa.bool8(), 1)),
    pa.ListArray.from_arrays([0, 1, 1], stored(Money("EUR"), 1)),
    pa.ListArray.from_arrays([0, 1, 1], stored(Money("USD"), 1)),
]  # fmt: skip


def test_columns_of_extension_types_count_by_type_and_storage() -> None:
    shapes = [
        COLUMNS,
        [pa.table({"a": column}) for column in COLUMNS],
        [pa.chunked_array([column]) for column in COLUMNS],
        [column[0] for column in COLUMNS],
    ]

    digests = [fingerprint(value) for values in shapes for value in values]

    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("column", COLUMNS, ids=range(len(COLUMNS)))
def test_slices_and_chunks_of_extension_types_do_not_show(column: Any) -> None:
    longer = pa.chunked_array([column, column]).slice(1, 2)
    whole = pa.chunked_array([pa.concat_arrays([column[1:], column[:1]])])

    assert fingerprint(longer) == fingerprint(whole)


PLAIN = pa.array([1, 1, 2])
UNKNOWN = {
    "list_view": pa.array([[1], None], pa.list_view(INT)),
    "large_list_view": pa.array([[1], None], pa.large_list_view(INT)),
    "run_end_encoded": compute.run_end_encode(PLAIN),
    "sparse_union": pa.UnionArray.from_sparse(pa.array([0, 0, 0], INT), [PLAIN]),
    "dense_union": pa.UnionArray.from_dense(
        pa.array([0, 0, 0], INT), pa.array([0, 1, 2], pa.int32()), [PLAIN]
    ),
}
PLACES = {
    "array": lambda column: column,
    "chunks": lambda column: pa.chunked_array([column]),
    "table": lambda column: pa.table({"a": column}),
    "batch": lambda column: pa.record_batch({"a": column}),
    "scalar": lambda column: column[0],
    "items of a list": lambda column: pa.ListArray.from_arrays([0, 1], column),
    "field of a struct": lambda column: pa.StructArray.from_arrays([column], ["a"]),
    "empty": lambda column: column[:0],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", UNKNOWN)
def test_columns_of_types_that_are_not_known_are_refused_by_name(name: str, place: str) -> None:
    value = PLACES[place](UNKNOWN[name])

    with pytest.raises(FingerprintError, match=rf"Arrow type {name}<.* is not known here: cast"):
        fingerprint(value)
