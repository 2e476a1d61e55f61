"""numpy values whose content is not all in their elements: dtypes, masks, texts, random states."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError

NAN = float("nan")
LONG = "a text that is too long to lie in the array itself"
TWO = ["a", "b"]


class Length(np.ndarray[Any, Any]):
    unit = ""


def lengths(unit: str) -> Any:
    made = np.array([1, 2]).view(Length)
    made.unit = unit
    return np.ma.array(made, mask=[0, 1])


def masked(**terms: Any) -> Any:
    return np.ma.array([1, 2], mask=[0, 1], **terms)


def noted(**attributes: Any) -> Any:
    made = masked()
    vars(made).update(attributes)
    return made


def marked(**notes: Any) -> np.dtype[Any]:
    return np.dtype("i4", metadata=notes)


def texts(items: list[Any], **terms: Any) -> Any:
    return np.array(items, np.dtypes.StringDType(**terms))


def spawned(seed: int) -> np.random.Generator:
    made = np.random.default_rng(seed)
    made.spawn(1)
    return made


def drawn(seed: int) -> np.random.PCG64:
    made = np.random.PCG64(seed)
    made.random_raw()
    return made


DIFFERENT: dict[str, list[Any]] = {
    "masked arrays": [
        masked(), masked(hard_mask=True), noted(unit="m"), noted(unit="km"),
        noted(unit="m", _optinfo={"unit": "m"}), lengths("m"), lengths("km"),
    ],
    "metadata of dtypes": [
        np.dtype("i4"), marked(a=1), marked(a=2), marked(a={"b": [1]}), np.dtype("i8"),
        np.dtype((marked(a=1), (2,))), np.dtype(("i4", (2,))),
        np.dtype([("x", marked(a=1))]), np.dtype([("x", "i4")]),
        np.dtype([("x", marked(a=1)), ("y", "i4")]), np.dtype([("x", "i4"), ("y", marked(a=1))]),
    ],
    "metadata of arrays": [
        np.zeros(2, "i4"), np.zeros(2, marked(a=1)), np.zeros(2, marked(a=2)),
        np.zeros(2, [("x", marked(a=1))]), np.zeros(2, [("x", "i4")]),
        np.ma.zeros(2, "i4"), np.ma.zeros(2, marked(a=1)),
        np.zeros(2, object), np.zeros(2, np.dtype("O", metadata={"vlen": str})),
        np.zeros(2, np.dtype("O", metadata={"vlen": bytes})),
    ],
    "metadata of scalars": [
        np.zeros((), [("x", marked(a=1))])[()], np.zeros((), [("x", "i4")])[()],
    ],
    "records": [
        np.zeros(1, [("x", "i4")]), np.zeros(1, np.dtype((np.record, [("x", "i4")]))),
        np.dtype([("x", "i4")]), np.dtype((np.record, [("x", "i4")])),
        np.dtype((np.int32, [("x", "i4")])), np.zeros(1, np.dtype((np.int32, [("x", "i4")]))),
    ],
    "dtypes of texts": [
        np.dtypes.StringDType(), np.dtypes.StringDType(coerce=False), np.dtype("U1"),
        *(np.dtypes.StringDType(na_object=missing) for missing in (None, NAN, "", "a")),
    ],
    "arrays of texts": [
        texts(TWO), texts(TWO[::-1]), texts(["a", ""]), texts(["a", LONG]), texts(["a", LONG[:-1]]),
        texts(TWO, coerce=False), texts(TWO, na_object=None), texts(["a", None], na_object=None),
        texts(["a", NAN], na_object=NAN), texts(["a", "nan"], na_object=NAN), texts([TWO]),
        np.array(TWO), np.array(TWO, object), TWO,
    ],
    "bit generators": [
        np.random.PCG64(1), np.random.PCG64(2), drawn(1), np.random.PCG64DXSM(1),
        np.random.MT19937(1), np.random.Philox(1), np.random.SFC64(1), np.random.default_rng(1),
        np.random.Generator(np.random.MT19937(1)), np.random.RandomState(1), spawned(1),
        spawned(1).bit_generator,
    ],
    "seeds": [
        np.random.SeedSequence(1), np.random.SeedSequence(2), np.random.SeedSequence([1, 2]),
        np.random.SeedSequence(1, spawn_key=(1,)), np.random.SeedSequence(1, pool_size=8),
        np.random.SeedSequence(1, n_children_spawned=1),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_values_that_differ_have_digests_of_their_own(name: str) -> None:
    values = DIFFERENT[name]

    digests = [fingerprint(value) for value in values]

    assert len(set(digests)) == len(values)
    assert digests == [fingerprint(copy.deepcopy(value)) for value in values]


PICKLED = [
    value
    for name, values in DIFFERENT.items()
    if name not in ("masked arrays", "metadata of arrays")
    for value in values
]


@pytest.mark.parametrize("value", PICKLED, ids=range(len(PICKLED)))
def test_a_pickle_does_not_show(value: Any) -> None:
    assert fingerprint(pickle.loads(pickle.dumps(value))) == fingerprint(value)


def test_a_hard_mask_is_lost_in_a_pickle_and_so_is_another_value() -> None:
    pickled = pickle.loads(pickle.dumps(masked(hard_mask=True)))

    assert not pickled.hardmask
    assert fingerprint(pickled) == fingerprint(masked())


def test_what_one_seed_spawns_is_what_its_key_says() -> None:
    child = np.random.SeedSequence(1).spawn(2)[1]

    assert fingerprint(child) == fingerprint(np.random.SeedSequence(1, spawn_key=(1,)))


def test_a_fingerprint_leaves_a_masked_array_as_it_was() -> None:
    value = np.ma.array([1])

    fingerprint(value)

    assert value.astype(float).fill_value == np.ma.array([1.0]).fill_value


def test_texts_of_an_array_count_wherever_they_lie() -> None:
    grown = texts(["x", LONG])
    grown[0] = "a"

    assert fingerprint(grown) == fingerprint(texts(["a", LONG]))
    assert fingerprint(texts([LONG, "a"])[::-1]) == fingerprint(texts(["a", LONG]))


def test_a_seed_that_does_not_tell_what_it_holds_is_refused() -> None:
    class Seed(np.random.bit_generator.ISeedSequence):
        def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
            return np.ones(n_words, dtype)

    seed: Any = Seed()
    seed.lock = memoryview(b"live")

    with pytest.raises(FingerprintError, match="memoryview") as caught:
        fingerprint(np.random.PCG64(seed))

    assert ".seed_seq" in caught.value.path
