"""What a computation did beside its result: kept with the entry, and handed to who hits it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestra_cache import Cache
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Hit
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.stores.locking import LOCK
from tests.conftest import Clock

TOLD: dict[str, Any] = {
    "outlets": {"made": "1", "told": [{"uri": "s3://lake/a", "extra": {"n": 1}}]}
}


def task(number: int) -> list[int]:
    return [number]


DECLARATION = Declaration(task)


def begun(cache: Cache) -> Attempt:
    return cache.begin(DECLARATION, {"number": 1})


def computed(cache: Cache, effects: dict[str, Any]) -> None:
    attempt = begun(cache)
    attempt.effects = effects
    attempt.finish([1])


def hit(cache: Cache) -> Hit:
    found = begun(cache).found
    assert isinstance(found, Hit)
    return found


def entries(cache: Cache) -> list[bytes]:
    files = Path(str(cache.place)).glob("main/entries-v1/*/*")
    # Who replaces an entry leaves the file of a lock beside it.
    return [file.read_bytes() for file in files if not file.name.startswith(LOCK)]


def test_effects_are_kept_and_given_back(cache: Cache) -> None:
    computed(cache, TOLD)

    found = hit(cache)

    assert found.effects == TOLD
    assert found.value == [1]


def test_without_effects_an_entry_is_what_it_was_before_there_were_any(cache: Cache) -> None:
    computed(cache, {})

    (entry,) = entries(cache)

    assert b"effects" not in entry.split(b"\n")[1]
    assert hit(cache).effects == {}


def test_effects_are_signed_with_the_rest(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", keys=[new_hmac_key()])
    computed(cache, TOLD)
    (path,) = (tmp_path / "cache").glob("main/entries-v1/*/*")
    kept = hit(cache).effects

    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"n":1', b'"n":2'))

    assert kept == TOLD
    assert not begun(cache).found


def test_a_process_that_holds_results_in_memory_still_has_their_effects(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", memory=1 << 20, clock=Clock())
    computed(cache, TOLD)

    assert [hit(cache).effects, hit(cache).effects] == [TOLD, TOLD]
    assert cache.memoize(task)(1) == [1]


def test_who_knows_nothing_of_effects_has_the_value(cache: Cache) -> None:
    computed(cache, {"of another": {"version": 7}})

    assert cache.memoize(task).lookup(1).value == [1]
    assert cache.verify().damaged == []


def test_a_result_that_replaces_another_has_its_own_effects(cache: Cache) -> None:
    computed(cache, TOLD)

    attempt = begun(cache)
    attempt.refresh()
    attempt.effects = {"outlets": {"made": "2"}}
    attempt.finish([1])

    assert hit(cache).effects == {"outlets": {"made": "2"}}
    assert json.loads(entries(cache)[0].split(b"\n")[1])["effects"] == hit(cache).effects
