"""Cached tasks in the situations that the engine knows."""

import asyncio
import os
import random
import threading
import time
from contextlib import suppress
from datetime import timedelta

import fsspec
from marking import count, mark, seen
from prefect import allow_failure, flow, task, unmapped
from prefect.transactions import transaction
from prefect.utilities.annotations import quote

from orchestra_cache import Cache
from orchestra_cache.leases import ObjectLeases
from orchestra_cache.prefect import FingerprintPolicy, cached_task
from orchestra_cache.stores import open_store
from orchestra_cache.testing.faults import FaultyFileSystem, FaultyStore, Plan, delay

with suppress(ImportError):
    from prefect.utilities.annotations import opaque

DEADLINE_SECONDS = 15

fsspec.register_implementation("faulty", FaultyFileSystem, clobber=True)
plan = Plan()
watched = Cache(
    "faulty://lake",
    storage_options={"plan": plan},
    trusted=True,
    budget=timedelta(seconds=2 * DEADLINE_SECONDS),
    # What is in memory cannot tell who was first.
    leases=ObjectLeases(FaultyStore(open_store(f"{os.environ['MARKS']}-leases"), plan)),
)

cached = task(cache_policy=FingerprintPolicy("lake"))


def large(day):
    """What does not get small enough to lie in its entry."""
    return random.Random(day).randbytes(200_000)


@cached
def total(day):
    mark("total", day)
    return [day]


@cached
def noted(orders, note="none"):
    mark("noted")
    return f"{orders} {note}"


@cached
def failing(day):
    mark("failing")
    raise ValueError(f"no orders of {day}")


@cached
def describes(given):
    mark("describes")
    return f"{type(given).__name__} {given}"


@task(cache_policy=FingerprintPolicy(watched), retries=2)
def tried(day, failures):
    mark("tried")
    if count("tried") <= failures:
        raise ValueError("no orders yet")
    return large(day)


@task(cache_policy=FingerprintPolicy("lake"), retries=1)
def changes_its_argument(orders):
    mark("ran", orders)
    orders.append(1)
    if count("ran") == 1:
        raise ValueError("no orders yet")
    return orders


@task(cache_policy=FingerprintPolicy("lake", ttl=timedelta(days=7)), retries=1)
def weekly(day):
    mark("ran")
    if count("ran") == 1:
        raise ValueError("no orders yet")
    return day


@task(cache_policy=FingerprintPolicy(watched), timeout_seconds=4)
def hurried(day):
    mark("ran")
    return [day]


@task(cache_policy=FingerprintPolicy("lake", ignore={"how"}), timeout_seconds=1)
def timed(day, how):
    mark("ran", day)
    end = time.monotonic() + DEADLINE_SECONDS
    while how == "slow" and time.monotonic() < end:
        time.sleep(0.01)
    return day


@task(cache_policy=FingerprintPolicy("lake", ignore={"how"}), timeout_seconds=1)
async def timed_coroutine(day, how):
    mark("ran", day)
    await asyncio.sleep(DEADLINE_SECONDS if how == "slow" else 0)
    return day


class Shop:
    def __init__(self, rate):
        self.rate = rate

    def price(self, day):
        mark("price")
        return self.rate * day

    priced = cached(price)

    @classmethod
    @cached
    def counted(cls, day):
        mark("counted")
        return f"{cls.__name__} {day}"

    @staticmethod
    @cached
    def listed(day):
        mark("listed")
        return [day]


class Market(Shop):
    pass


@task(cache_policy=FingerprintPolicy(watched))
async def fetched(day):
    mark("fetched")
    return large(day)


@task(cache_policy=FingerprintPolicy(watched, single_flight=True))
async def fetched_by_one(day):
    mark("fetched")
    return large(day)


@task(cache_policy=FingerprintPolicy(watched, single_flight=True))
async def fetched_in_vain(day):
    raise ValueError("no orders")


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
async def awaited(name, *arguments):
    state = await globals()[name](*arguments, return_state=True)
    return [(state.name, await state.result(raise_on_failure=False))]


@flow
def submitted(name, *arguments):
    future = globals()[name].submit(*arguments)
    future.wait()
    return [seen(future.state)]


@flow
def in_a_transaction():
    with transaction():
        states = [total(1, return_state=True), noted([1], return_state=True)]
    return [seen(state) for state in states]


@flow
def after_another(part):
    first = total.submit(part)
    second = noted.submit([1], wait_for=[first])
    second.wait()
    return [seen(second.state)]


@flow
def mapped(others):
    futures = noted.map([1, 2], unmapped(others))
    futures.wait()
    return [seen(future.state) for future in futures]


WAYS = {
    "value": lambda: [1],
    "quote": lambda: quote([1]),
    "opaque": lambda: opaque([1]),
    "future": lambda: total.submit(1),
    "state": lambda: total(1, return_state=True),
    "allow_failure": lambda: allow_failure(total.submit(1)),
}


@flow
def given(way):
    return [seen(noted(WAYS[way](), return_state=True))]


@flow
def given_a_failure(day):
    failed = failing(day, return_state=True)
    return [seen(describes(allow_failure(failed), return_state=True))]


@flow
def reads_of_tries(failures):
    """What was asked of the store in a run of so many tries."""
    plan.clear()
    state = tried(1, failures, return_state=True)
    asked = [operation for operation, name in plan.operations if "entries-v1" in name]
    return [(state.name, sorted(asked))]


@cached_task(cache="lake")
def handed_on(number):
    return [number]


@task(cache_policy=FingerprintPolicy("lake"))
def joined(parts):
    return [type(part).__name__ for part in parts]


@flow
def reduced(numbers):
    """A task that is given the results of a mapped one, as Refs."""
    return [seen(joined(handed_on.map(numbers), return_state=True))]


@flow
def methods(rates, day):
    """What Prefect binds a method to, it binds all of its tasks to: each is called at once."""
    states = [Shop(rate).priced(day, return_state=True) for rate in rates]
    states.append(Shop.counted(day, return_state=True))
    states.append(Market.counted(day, return_state=True))
    states.append(Shop.listed(day, return_state=True))
    return [seen(state) for state in states]


@flow
def while_the_store_hangs(day):
    """It takes what is asked of it and never answers."""
    never = threading.Event()
    plan.add(delay(threading.Event(), never))
    state = hurried(day, return_state=True)
    never.set()
    return [seen(state)]


async def takes_turns(reached, go_on):
    """Let the store go on when the event loop has had some turns meanwhile."""
    while not reached.is_set():
        await asyncio.sleep(0.005)
    for _ in range(5):
        await asyncio.sleep(0.001)
    go_on.set()


@flow
async def while_the_store_is_slow(name, operation, place, before, day):
    """What it returns says whether the event loop had its turns while the store was waited for."""
    if before:
        await globals()[name](day, return_state=True)
    reached, go_on, too_late = threading.Event(), threading.Event(), threading.Event()

    def give_up():
        too_late.set()
        go_on.set()

    plan.clear()
    plan.add(delay(reached, go_on), operation=operation, name=f"*{place}*", at=1)
    # An event loop that is kept waiting would keep itself so.
    timer = threading.Timer(DEADLINE_SECONDS, give_up)
    timer.start()
    turns = asyncio.create_task(takes_turns(reached, go_on))
    state = await globals()[name](day, return_state=True)
    await asyncio.wait_for(turns, DEADLINE_SECONDS)
    timer.cancel()
    return [(state.name, not too_late.is_set())]
