"""What every service for leases keeps to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.leases.base import Lease, Leases
from orchestra_cache.testing.races import RACERS, at_once

__all__ = ["LeaseTests"]

NAME = "main/leases-v1/totals/1234"
PATIENCE_SECONDS = 30


def held(leases: Leases, name: str = NAME) -> Lease:
    lease = leases.lease(name)
    assert lease.acquire()
    return lease


class LeaseTests:
    """Inherit it and give the fixture `again`: a function that opens one service once more.

    Every test begins with no lease held. Where leases that are not renewed expire, give `expire`
    as well: a function that lets the time for that pass. Give `broken`, leases of a service that
    does not work, if there can be such a one. A service that is quick says `rounds = 100`, so that
    races which are seldom lost are lost in the tests.

    ```python
    class TestShelfLeases(LeaseTests):
        @pytest.fixture
        def again(self, tmp_path):
            return lambda: ShelfLeases(tmp_path)
    ```
    """

    rounds = 3

    @pytest.fixture
    def again(self) -> Callable[[], Leases]:
        raise NotImplementedError("give a fixture `again`")

    @pytest.fixture
    def leases(self, again: Callable[[], Leases]) -> Leases:
        return again()

    @pytest.fixture
    def expire(self) -> Callable[[], None]:
        raise pytest.skip.Exception("these leases last as long as their holder")

    @pytest.fixture
    def broken(self) -> Leases:
        raise pytest.skip.Exception("this service cannot be broken")

    def test_a_lease_is_held_by_one(self, again: Callable[[], Leases]) -> None:
        claims = [again().lease(NAME) for _ in range(3)]

        assert [claim.acquire() for claim in claims] == [True, False, False]

    def test_one_client_may_claim_a_name_twice_and_holds_it_once(self, leases: Leases) -> None:
        held(leases)

        assert not leases.lease(NAME).acquire()

    def test_other_names_are_free(self, leases: Leases) -> None:
        held(leases)

        held(leases, NAME + "5")
        held(leases, "main/leases-v1/other/1234")

    def test_a_released_lease_is_free(self, again: Callable[[], Leases]) -> None:
        first, second = again().lease(NAME), again().lease(NAME)
        first.acquire()

        first.release()

        assert second.other() is None
        assert second.acquire()
        assert not first.acquire()

    def test_a_lease_can_be_held_again(self, leases: Leases) -> None:
        lease = held(leases)

        for _ in range(3):
            lease.release()
            assert lease.acquire()

        assert not leases.lease(NAME).acquire()

    def test_what_is_not_held_is_neither_renewed_nor_released(
        self, again: Callable[[], Leases]
    ) -> None:
        held(again())
        never, refused, released = (again().lease(name) for name in (NAME, NAME, "main/x/1"))
        refused.acquire()
        released.acquire()
        released.release()

        for lease in (never, refused, released):
            assert not lease.renew()
            lease.release()

        assert not again().lease(NAME).acquire()

    def test_a_held_lease_is_kept_by_renewing_it(self, again: Callable[[], Leases]) -> None:
        lease = held(again())

        assert [lease.renew() for _ in range(3)] == [True] * 3
        assert not again().lease(NAME).acquire()
        lease.release()
        assert again().lease(NAME).acquire()

    def test_others_see_who_holds_it(self, again: Callable[[], Leases]) -> None:
        waiter = again().lease(NAME)
        before = waiter.other()
        held(again())

        holder = waiter.other()

        assert before is None
        assert holder is not None
        assert holder.pid == os.getpid()
        assert str(os.getpid()) in str(holder)
        assert holder.host

    def test_who_has_looked_at_a_holder_is_refused_as_before(
        self, again: Callable[[], Leases]
    ) -> None:
        lease, waiter = held(again()), again().lease(NAME)

        for _ in range(2):
            assert waiter.other() is not None
            assert not waiter.acquire()

        assert lease.renew()

    def test_each_holder_has_a_token_of_its_own(self, again: Callable[[], Leases]) -> None:
        tokens = set()

        for _ in range(3):
            lease = held(again())
            holder = again().lease(NAME).other()
            assert holder is not None
            tokens.add(holder.token)
            lease.release()

        assert len(tokens) == 3
        assert all(tokens)

    def test_others_see_what_its_holder_waits_for(self, again: Callable[[], Leases]) -> None:
        lease, waiter = held(again()), again().lease(NAME)
        seen = []

        for name in ("main/leases-v1/a-task-with-a-long-name/1", "main/leases-v1/b/2", ""):
            lease.waits_for = name
            lease.renew()
            holder = waiter.other()
            assert holder is not None
            seen.append(holder.waits_for)

        assert seen == ["main/leases-v1/a-task-with-a-long-name/1", "main/leases-v1/b/2", ""]

    def test_of_many_who_claim_a_name_at_once_one_holds_it(
        self, again: Callable[[], Leases]
    ) -> None:
        services = [again() for _ in range(RACERS)]

        for number in range(self.rounds):
            claims = [service.lease(f"race/{number}") for service in services]
            got = at_once(lambda racer, claims=claims: claims[racer].acquire())  # type: ignore[misc]

            assert got.count(True) == 1

    def test_of_many_who_claim_and_release_at_once_never_two_hold_it(
        self, again: Callable[[], Leases]
    ) -> None:
        services = [again() for _ in range(RACERS)]
        holding: list[int] = []

        def race(racer: int) -> list[int]:
            seen = []
            for _ in range(self.rounds):
                lease = services[racer].lease(NAME)
                if lease.acquire():
                    holding.append(racer)
                    seen.append(len(holding))
                    holding.remove(racer)
                    lease.release()
            return seen

        seen = [count for counts in at_once(race) for count in counts]

        assert set(seen) == {1}

    def test_a_forked_process_holds_nothing(self, again: Callable[[], Leases]) -> None:
        if not hasattr(os, "fork"):
            pytest.skip("there is no fork")
        lease = held(again())

        child = os.fork()
        if not child:
            renewed = lease.renew()
            lease.release()
            os._exit(1 if renewed else 0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        assert ended == 0
        assert not again().lease(NAME).acquire()
        assert lease.renew()

    def test_a_lease_that_is_not_renewed_goes_to_another(
        self, again: Callable[[], Leases], expire: Callable[[], None]
    ) -> None:
        lost, successor = held(again()), again().lease(NAME)

        awaited(successor, expire)

        assert successor.acquire()
        assert not lost.renew()
        lost.release()
        assert not again().lease(NAME).acquire()
        assert successor.renew()

    def test_who_does_not_know_that_it_lost_a_lease_leaves_it_to_its_successor(
        self, again: Callable[[], Leases], expire: Callable[[], None]
    ) -> None:
        lost, successor = held(again()), again().lease(NAME)
        awaited(successor, expire)
        successor.acquire()

        lost.release()

        assert not again().lease(NAME).acquire()
        assert successor.renew()

    def test_of_many_who_take_over_at_once_one_holds_it(
        self, again: Callable[[], Leases], expire: Callable[[], None]
    ) -> None:
        held(again())
        waiters = [again().lease(NAME) for _ in range(RACERS)]
        for waiter in waiters:
            waiter.other()
        expire()
        for waiter in waiters:
            awaited(waiter, expire)

        got = at_once(lambda racer: waiters[racer].acquire())

        assert got.count(True) == 1

    def test_a_lease_is_taken_over_from_the_one_who_took_it_over(
        self, again: Callable[[], Leases], expire: Callable[[], None]
    ) -> None:
        first, second, third = (again().lease(NAME) for _ in range(3))
        first.acquire()

        for successor in (second, third):
            awaited(successor, expire)
            assert successor.acquire()

        assert [lease.renew() for lease in (first, second, third)] == [False, False, True]

    def test_a_service_that_does_not_work_raises_a_store_error(self, broken: Leases) -> None:
        with pytest.raises(StoreError):
            broken.lease(NAME).acquire()


def awaited(waiter: Lease, expire: Callable[[], None]) -> None:
    """Look until nobody holds what the waiter claims."""
    until = time.monotonic() + PATIENCE_SECONDS
    while waiter.other() is not None:
        assert time.monotonic() < until, "the lease does not expire"
        expire()
