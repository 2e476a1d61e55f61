"""What rows of Airflow's XCom say of values in the store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from orchestra_cache import Cache
from orchestra_cache.airflow.refs import MARK
from orchestra_cache.airflow.rows import from_row, to_row
from orchestra_cache.errors import ForeignError, IntegrityError, StoreError
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.outputs import encode
from orchestra_cache.ref import Ref

NUMBERS = numpy.arange(20_000)
PUSHED = "shop/daily/make[3]"


@pytest.fixture
def ref(tmp_path: Path) -> Ref:
    owner = Recipe("Airflow XCom", (Component("row", combine("row", b"first")),))
    return Cache(tmp_path / "lake").hand_over(owner, encode(NUMBERS, trusted=False))


def stored(row: object) -> dict[str, object]:
    """A row as it comes back from a database."""
    return json.loads(json.dumps(row))


def test_a_row_says_first_what_a_person_asks(ref: Ref):
    row = to_row(ref, PUSHED)[MARK]

    assert list(row)[:5] == ["uri", "digest", "size", "type", "pushed_by"]
    assert Path(row["uri"]).stat().st_size == row["size"]
    assert row["uri"].endswith(row["digest"].removeprefix("blake3:"))
    assert (row["type"], row["pushed_by"]) == ("numpy.ndarray", PUSHED)


def test_the_row_of_a_gigabyte_is_less_than_a_kilobyte(ref: Ref):
    part = ref.parts[0].rpartition(":")[0] + f":{(1 << 30) + 128}"
    long = replace(ref, parts=(part,), url=f"s3://lake/{'folder/' * 12}", seal="k" * 16 + "s" * 88)

    row = to_row(long, "shop/scheduled__2026-01-01T00:00:00+00:00/group.make[3]", "0" * 64)

    assert row[MARK]["size"] == (1 << 30) + 128
    assert len(json.dumps(row)) < 1000


def test_the_ref_of_a_row_counts_as_its_value(ref: Ref):
    received = from_row(stored(to_row(ref, PUSHED, "owner")))

    assert fingerprint(received) == fingerprint(NUMBERS)
    assert (received.load() == NUMBERS).all()
    assert (received.pushed_by, received.owner) == (PUSHED, "owner")


def test_the_ref_of_a_row_is_shown_as_any_other(ref: Ref):
    assert repr(from_row(stored(to_row(ref, PUSHED)))) == repr(ref)


def test_a_row_of_the_format_before_is_read(ref: Ref):
    received = from_row(stored({MARK: ref.to_dict()}))

    assert (received.load() == NUMBERS).all()
    assert received.owner == ""


def test_a_received_ref_that_is_passed_on_names_who_made_it(ref: Ref):
    received = from_row(stored(to_row(ref, PUSHED, "owner")))

    row = to_row(received, "shop/daily/other")[MARK]

    assert row["pushed_by"] == PUSHED
    assert "owner" not in row


def test_a_sealed_ref_is_believed_as_it_was(tmp_path: Path):
    cache = Cache(tmp_path / "signed", keys=[new_hmac_key()])
    owner = Recipe("Airflow XCom", (Component("row", combine("row", b"first")),))
    row = stored(to_row(cache.hand_over(owner, encode(NUMBERS, trusted=False)), PUSHED))

    assert (cache.load(from_row(row)) == NUMBERS).all()
    row[MARK]["fingerprint"] = str(combine("other"))
    with pytest.raises(IntegrityError, match="clear the task shop/daily/make"):
        cache.load(from_row(row))


def test_a_lost_value_names_the_task_to_clear(ref: Ref, tmp_path: Path):
    for blob in (tmp_path / "lake").glob("main/blobs-v1/*/*"):
        blob.unlink()

    with pytest.raises(StoreError) as raised:
        from_row(stored(to_row(ref, PUSHED))).load()

    assert raised.value.message.startswith(f"what {PUSHED} pushed to XCom is not read: the stored")
    assert raised.value.hint.startswith(f"clear the task {PUSHED}: ")


def test_what_may_not_be_read_here_is_no_reason_to_clear_a_task(ref: Ref):
    part = replace(ref, parts=(ref.parts[0].replace("numpy", "unknown", 1),))

    with pytest.raises(ForeignError) as raised:
        from_row(stored(to_row(part, PUSHED))).load()

    assert "clear" not in raised.value.hint


@pytest.mark.parametrize("held", [{}, {"url": "x"}, [], None, "text", {"parts": "x"}])
def test_a_row_that_we_did_not_write_is_not_believed(held: object):
    with pytest.raises(IntegrityError, match="not its fields"):
        from_row({MARK: held})


@pytest.mark.parametrize("value", [{MARK: 1}, {MARK: {"plain": 1}}, {MARK: {MARK: {}}}])
def test_a_value_that_looks_like_a_row_comes_back(value: object):
    assert from_row(stored(to_row(value, PUSHED))) == value


@pytest.mark.parametrize("value", [{MARK: 1, "more": 2}, [1], "text", None])
def test_any_other_value_is_left_to_airflow(value: object):
    assert to_row(value, PUSHED) is value
