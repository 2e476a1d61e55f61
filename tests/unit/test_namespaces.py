"""Results of other namespaces are read, and nothing is ever written there."""

from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache, Policy, Ref
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, IntegrityError, ReadOnlyError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published
from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half
from orchestra_cache.stores import MemoryStore
from orchestra_cache.stores.readonly import ReadOnlyStore
from tests.conftest import Clock

CI, MAIN = new_ed25519_key(), new_ed25519_key()


def public(key: str) -> str:
    return str(public_half(parse_key(key, "it")))


def small(day: int) -> Any:
    return [day]


def large(day: int) -> Any:
    return np.full(20_000, day)


def noise(day: int) -> Any:
    return np.random.default_rng(day).random(20_000)


def objects(day: int) -> Any:
    return {day}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


@pytest.fixture
def main(tmp_path: Path, clock: Clock) -> Cache:
    return Cache(tmp_path, clock=clock)


@pytest.fixture
def ci(tmp_path: Path, clock: Clock) -> Cache:
    return Cache(tmp_path, namespace="ci", read_from=["main"], clock=clock)


@pytest.mark.parametrize("function", [small, large, objects])
def test_what_another_namespace_has_is_a_hit(
    main: Cache, ci: Cache, tmp_path: Path, events: list[Event], function: Any
) -> None:
    main.memoize(function)(1)
    before = snapshot(tmp_path)

    result = ci.memoize(function)(1)

    assert np.array_equal(np.asarray(result), np.asarray(function(1)))
    assert kinds(events) == [Miss, Published, Hit]
    assert snapshot(tmp_path) == before


def test_new_results_go_to_the_own_namespace_alone(
    main: Cache, ci: Cache, tmp_path: Path, events: list[Event]
) -> None:
    task = ci.memoize(small)

    task(1)
    task(1)

    assert kinds(events) == [Miss, Published, Hit]
    assert [path.name for path in tmp_path.iterdir()] == ["ci"]
    assert isinstance(main.memoize(small).lookup(1), Miss)


def test_the_own_namespace_goes_first_and_the_others_in_order(tmp_path: Path, clock: Clock) -> None:
    for name in ("ci", "a", "b"):
        Cache(tmp_path, namespace=name, clock=clock).memoize(small)(1)
        clock.advance(hours=1)

    def made(*read_from: str, own: str = "ci") -> int:
        task = Cache(tmp_path, namespace=own, read_from=read_from, clock=clock).memoize(small)
        found = task.lookup(1)
        assert isinstance(found, Hit)
        return found.created.hour

    assert [made("a", "b"), made("a", "b", own="x"), made("b", "a", own="x")] == [12, 13, 14]


def test_each_namespace_costs_one_read(clock: Clock) -> None:
    from orchestra_cache.entries import Entries

    store = MemoryStore()
    asked: list[str] = []

    class Counting(MemoryStore):
        def get(self, name: str) -> Any:
            asked.append(name.partition("/")[0])
            return store.get(name)

    entries = Entries(Counting(), "ci", clock, read_from=("a", "b"))
    recipe = Cache("unused").memoize(small).recipe(1)

    entries.find(recipe, None, refs=False)
    Entries(store, "a", clock).publish(recipe, [1], seconds=1)
    entries.find(recipe, None, refs=False)

    assert asked == ["ci", "a", "b", "ci", "a"]


def test_an_entry_that_expired_there_is_computed_here(
    tmp_path: Path, main: Cache, ci: Cache, clock: Clock, events: list[Event]
) -> None:
    from datetime import timedelta

    main.memoize(ttl=timedelta(hours=1))(small)(1)
    clock.advance(hours=2)
    before = snapshot(tmp_path / "main")
    del events[:]

    task = ci.memoize(small)
    task(1)
    task(1)

    assert kinds(events) == [Miss, Published, Hit]
    assert snapshot(tmp_path / "main") == before


@pytest.mark.parametrize("folder", ["entries-v1", "blobs-v1"])
def test_damage_there_is_reported_and_left_there(
    tmp_path: Path, main: Cache, ci: Cache, events: list[Event], folder: str
) -> None:
    main.memoize(large)(1)
    (file,) = (path for path in (tmp_path / "main" / folder).glob("*/*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = snapshot(tmp_path / "main")
    del events[:]

    task = ci.memoize(large)
    results = [task(1), task(1)]

    assert all((result == 1).all() for result in results)
    assert kinds(events) == [Failed, Miss, Published, Hit]
    assert snapshot(tmp_path / "main") == before


def begun(cache: Cache, function: Any) -> Attempt:
    return cache.begin(Declaration(function), {"day": 1}, refs=True)


def test_a_ref_to_what_lies_there_names_that_namespace(main: Cache, ci: Cache) -> None:
    main.memoize(large)(1)

    found = begun(ci, large).found

    assert isinstance(found, Hit)
    assert isinstance(found.value, Ref)
    assert found.value.namespace == "main"
    assert (ci.load(found.value) == 1).all()


def test_a_ref_that_would_need_a_blob_there_is_a_miss(
    tmp_path: Path, main: Cache, ci: Cache
) -> None:
    main.memoize(objects)(1)
    before = snapshot(tmp_path / "main")

    first = begun(ci, objects)
    ref = first.finish({1})
    second = begun(ci, objects).found

    assert isinstance(first.found, Miss)
    assert isinstance(second, Hit)
    assert isinstance(ref, Ref)
    assert ref.namespace == "ci"
    assert snapshot(tmp_path / "main") == before


def test_a_miss_is_compared_with_what_lies_there(main: Cache, ci: Cache) -> None:
    main.memoize(small)(1)

    explanation = ci.memoize(small).explain(2)

    assert explanation.entries == 1
    assert "parameter:day" in str(explanation)


def test_signed_results_are_read_from_where_they_were_signed(
    tmp_path: Path, clock: Clock, events: list[Event]
) -> None:
    place = tmp_path / "cache"
    main = Cache(place, keys=[MAIN], clock=clock)
    ci = Cache(place, namespace="ci", read_from=["main"], keys=[CI, public(MAIN)], clock=clock)
    main.memoize(objects)(1)

    ci.memoize(objects)(1)
    ci.memoize(objects)(2)
    main.memoize(objects)(2)

    assert kinds(events) == [Miss, Published, Hit, Miss, Published, Miss, Published]


def test_what_ci_signed_is_not_believed_in_main(
    tmp_path: Path, clock: Clock, events: list[Event]
) -> None:
    # Even if it can write there: production has no key of theirs.
    place = tmp_path / "cache"
    Cache(place, keys=[CI], clock=clock).memoize(objects)(1)
    del events[:]

    Cache(place, keys=[MAIN], clock=clock).memoize(objects)(1)

    assert kinds(events) == [Failed, Miss]


def test_a_whole_namespace_copied_to_another_is_not_believed(
    tmp_path: Path, clock: Clock, events: list[Event]
) -> None:
    import shutil

    Cache(tmp_path, namespace="dev", keys=[CI], clock=clock).memoize(small)(1)
    shutil.copytree(tmp_path / "dev", tmp_path / "main")
    del events[:]

    Cache(tmp_path, keys=[CI], clock=clock).memoize(small)(1)

    assert kinds(events) == [Failed, Miss, Published]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../main", "é"])
def test_what_is_no_namespace_cannot_be_read_from(name: str) -> None:
    with pytest.raises(ConfigurationError, match="namespace"):
        Cache("lake", read_from=[name])


def test_the_own_namespace_is_not_read_twice() -> None:
    cache = Cache("lake", read_from=["main", "dev", "dev"])

    assert cache._entries.read_from == ("dev",)
    assert Cache("lake", read_from="dev")._entries.read_from == ("dev",)


def test_a_store_that_is_only_read_refuses_what_would_change_it() -> None:
    inner = MemoryStore()
    inner.put("a", [b"1"])
    store = ReadOnlyStore(inner)

    with pytest.raises(ReadOnlyError):
        store.put("b", [b"2"])
    with pytest.raises(ReadOnlyError):
        store.exchange("a", b"2", version=inner.get("a").version)  # type: ignore[union-attr]

    assert store.delete("a") is False
    assert [one.name for one in store.iter("")] == ["a"]
    assert bytes(store.get("a").data) == b"1"  # type: ignore[union-attr]
    assert (store.size("a"), store.size("b"), store.get("b")) == (1, None, None)
    assert (store.url, store.local, store.trusted) == (inner.url, inner.local, inner.trusted)


def sealed_ref(cache: Cache, function: Any = objects) -> Ref:
    value = begun(cache, function).finish(function(1))
    assert isinstance(value, Ref)
    return value


@pytest.fixture
def signed(clock: Clock, tmp_path: Path) -> Cache:
    return Cache(f"memory://{tmp_path.name}-{id(tmp_path)}", keys=[MAIN], clock=clock)


def test_a_ref_of_a_cache_with_keys_is_sealed_and_read_with_them(
    signed: Cache, clock: Clock
) -> None:
    ref = sealed_ref(signed)
    reader = Cache(signed.place, keys=[public(MAIN)], clock=clock)

    loaded = [signed.load(Ref.from_dict(ref.to_dict())), reader.load(ref)]

    assert ref.seal.startswith(f"{parse_key(MAIN, 'it').id} ")
    assert loaded == [{1}, {1}]


FORGED: dict[str, Any] = {
    "fingerprint": f"blake3:{'0' * 64}",
    "url": "memory://elsewhere",
    "namespace": "dev",
    "type": "int",
    "made_of": ("shop:Order",),
    "seal": "",
}


@pytest.mark.parametrize("field", [*FORGED, "codec", "no parts", "other parts"])
def test_a_ref_that_was_changed_on_its_way_is_not_read(signed: Cache, field: str) -> None:
    from dataclasses import replace

    ref, other = sealed_ref(signed), sealed_ref(signed, large)
    parts = {
        "codec": (ref.parts[0].replace("pickle5", "bytes"),),
        "other parts": other.parts,
        "no parts": (),
    }
    forged = replace(ref, **{field: FORGED[field]} if field in FORGED else {"parts": parts[field]})
    assert forged != ref

    with pytest.raises(IntegrityError, match="is not used"):
        signed.load(forged)


def test_a_ref_without_a_seal_is_read_by_caches_without_keys_as_before(
    signed: Cache, clock: Clock
) -> None:
    ref = sealed_ref(signed, large)
    pickled = sealed_ref(signed)
    plain = Cache(signed.place, clock=clock)

    assert (plain.load(ref) == 1).all()
    with pytest.raises(IntegrityError, match="can run code"):
        plain.load(pickled)


def test_with_a_public_key_a_value_travels_where_no_ref_can_be_made(
    signed: Cache, clock: Clock
) -> None:
    signed.memoize(objects)(1)
    reader = Cache(signed.place, keys=[public(MAIN)], clock=clock)

    found = begun(reader, objects).found

    assert isinstance(found, Hit)
    assert found.value == {1}


def test_a_ref_to_a_place_that_nobody_configured_is_judged_by_the_own_cache(
    signed: Cache, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestra_cache.readers import read_ref as read

    monkeypatch.chdir(tmp_path)
    trusted = Cache(tmp_path / "mine", clock=clock)
    unsealed = sealed_ref(trusted)
    sealed = sealed_ref(Cache(tmp_path / "signed", keys=[MAIN], clock=clock))

    assert read(unsealed) == {1}
    assert read(unsealed, trusted) == {1}
    assert read(sealed, signed) == {1}
    with pytest.raises(IntegrityError, match="is not used"):
        read(unsealed, signed)


@pytest.mark.parametrize("folder", ["entries-v1", "blobs-v1"])
def test_a_damaged_copy_nearby_heals_where_nothing_else_may_be_deleted(
    signed: Cache, tmp_path: Path, clock: Clock, events: list[Event], folder: str
) -> None:
    signed.memoize(noise)(1)
    terms: Any = {"keys": [public(MAIN)], "near": tmp_path / "near", "clock": clock}
    Cache(signed.place, **terms).memoize(noise)(1)
    (copy,) = (
        path for path in tmp_path.glob(f"near/near-v1/*/main/{folder}/*/*") if path.is_file()
    )
    data = copy.read_bytes()
    copy.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    del events[:]

    for _ in range(2):
        Cache(signed.place, **terms).memoize(noise)(1)

    assert kinds(events)[-1] is Hit


def test_a_cache_within_another_namespace_differs_in_nothing_else(tmp_path: Path) -> None:
    policy = Policy(ttl=timedelta(days=1))
    main = Cache(tmp_path, keys=[new_hmac_key()], memory=1 << 20, policy=policy)
    task = Declaration(lambda: 1)

    other = main.within("team")
    first, second = (cache.run(task, {}, lambda: 1) for cache in (main, other))

    assert (other.namespace, other.place, other.policy) == ("team", main.place, policy)
    assert vars(other._assembly) == {**vars(main._assembly), "namespace": "team"}
    assert first == second
    assert all(len(list(tmp_path.glob(f"{name}/entries-v1/*/*"))) == 1 for name in ("main", "team"))
    assert main.within("main") is main


def test_no_cache_is_within_what_is_no_namespace(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        Cache(tmp_path).within("../main")


def test_a_deep_copy_of_a_cache_is_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    assert copy.deepcopy({"cache": cache})["cache"] is cache
