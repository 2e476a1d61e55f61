"""Of many who write one name at the same moment, one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from orchestra_cache.stores.base import Store

__all__ = ["RaceTests", "at_once", "content"]

T = TypeVar("T")

RACERS = 8
# Opening a client takes some libraries a second.
CLIENTS = 4


def at_once(work: Callable[[int], T], count: int = RACERS) -> list[T]:
    """Call `work` with 0, 1, 2… in as many threads, all started at the same moment."""
    barrier = Barrier(count)

    def start(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def content(store: Store, name: str) -> bytes | None:
    found = store.get(name)
    return None if found is None else bytes(found.data)


def _put(clients: Sequence[Store], name: str) -> Callable[[int], bool]:
    return lambda racer: clients[racer].put(name, [b"%d" % racer * 1000])


def _exchange(
    clients: Sequence[Store], name: str, version: str | None
) -> Callable[[int], str | None]:
    return lambda racer: clients[racer].exchange(name, b"%d" % racer * 1000, version=version)


def _races(
    store: Store, names: Sequence[str], racing: Callable[[str], Callable[[int], T]]
) -> dict[str, list[T]]:
    """What each racer for each name got; all races at once where losers wait for a server."""
    if store.local:
        return {name: at_once(racing(name)) for name in names}
    works = [racing(name) for name in names]
    found = at_once(lambda n: works[n // RACERS](n % RACERS), RACERS * len(names))
    return {
        name: found[number * RACERS : (number + 1) * RACERS] for number, name in enumerate(names)
    }


def _written(versions: Sequence[str | None]) -> int:
    return sum(version is not None for version in versions)


class RaceTests:
    """Part of `StoreTests`, whose fixtures these tests use."""

    def test_of_many_who_create_a_name_at_once_one_does(self, store: Store) -> None:
        names = [f"race/{number}" for number in range(5)]

        races = _races(store, names, lambda name: _put([store] * RACERS, name))

        for name, wrote in races.items():
            assert wrote.count(True) == 1
            assert content(store, name) == b"%d" % wrote.index(True) * 1000

    def test_of_many_who_exchange_a_version_at_once_one_does(self, store: Store) -> None:
        version = store.exchange("race", b"first", version=None)

        wrote = at_once(lambda racer: store.exchange("race", b"%d" % racer * 9, version=version))

        assert _written(wrote) == 1
        assert content(store, "race") in [b"%d" % n * 9 for n in range(RACERS) if wrote[n]]

    def test_of_many_clients_who_create_a_name_at_once_one_does(
        self, again: Callable[[], Store]
    ) -> None:
        clients = [again() for _ in range(CLIENTS)] * (RACERS // CLIENTS)
        names = [f"race/{number}" for number in range(5)]

        races = _races(clients[0], names, lambda name: _put(clients, name))

        assert [wrote.count(True) for wrote in races.values()] == [1] * len(names)

    def test_of_many_clients_who_exchange_a_version_at_once_one_does(
        self, store: Store, again: Callable[[], Store]
    ) -> None:
        clients = [again() for _ in range(CLIENTS)] * (RACERS // CLIENTS)
        names = [f"race/{number}" for number in range(5)]
        versions = {name: store.exchange(name, b"first", version=None) for name in names}

        races = _races(store, names, lambda name: _exchange(clients, name, versions[name]))

        assert [_written(wrote) for wrote in races.values()] == [1] * len(names)
