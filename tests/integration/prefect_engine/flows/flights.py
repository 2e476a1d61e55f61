"""Tasks with a single flight. What one of them does is said by a word that is not in its key."""

import asyncio
import os
import signal
import threading
from contextlib import suppress

from marking import count, mark, seen
from meeting import DEADLINE_SECONDS, gate, until
from places import lake
from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.locking.memory import MemoryLockManager
from prefect.transactions import Transaction, transaction

from orchestra_cache.events import Miss, subscribe
from orchestra_cache.prefect import FingerprintPolicy

alone = FingerprintPolicy(lake(), single_flight=True, ignore={"how"})


def killed(number):
    mark("holds")
    until("waits")
    os.kill(os.getpid(), signal.SIGKILL)


def fails_at_first(number):
    if count("ran") == 1:
        until("waits", 2)
        raise ValueError("no orders")
    return "made"


def holds(number):
    mark("holds")
    until("through")
    return "made"


def is_waited_for(number):
    until("waits", number)
    return "made"


def calls_itself(number):
    return total(number, "is quick") + " inside"


def calls_another_twice(number):
    return [inner(number), inner(number)]


def meets_another(number):
    mark("holds")
    until("holds", 2)
    return total(3 - number, "is quick")


def is_large(number):
    return "large" * 100_000


WAYS = {
    "is quick": lambda number: "made",
    "is killed": killed,
    "fails at first": fails_at_first,
    "holds": holds,
    "is waited for": is_waited_for,
    "calls itself": calls_itself,
    "calls another twice": calls_another_twice,
    "meets another": meets_another,
    "is large": is_large,
}


def work(number, how):
    mark("ran", number)
    return WAYS[how](number)


async def work_of_a_coroutine(number, how):
    mark("ran", number)
    if how == "holds":
        mark("holds")
        await gate("through")
    if how == "is waited for":
        await gate("waits", number)
    return "made"


total = task(work, cache_policy=alone)
hurried = task(work, cache_policy=alone, timeout_seconds=2)
fetched = task(work_of_a_coroutine, cache_policy=alone)
fetched_in_a_hurry = task(work_of_a_coroutine, cache_policy=alone, timeout_seconds=2)


@task(cache_policy=FingerprintPolicy(lake(), single_flight=True))
def inner(number):
    mark("inner")
    return number


@task(cache_policy=INPUTS)
def plain(number):
    return f"inner {number}"


@task
def usual(number):
    return f"inner {number}"


@task(cache_policy=INPUTS)
async def plain_coroutine(number):
    return f"inner {number}"


@task(cache_policy=alone)
def calls(name, how):
    return globals()[name](1)


@task(cache_policy=alone)
def begins_a_transaction(name, how):
    with transaction(key="own") as own:
        own.stage("inner 1")
    return "inner 1"


@task(cache_policy=alone)
async def awaits(name, how):
    return await plain_coroutine(1)


class Noted(MemoryLockManager):
    def acquire_lock(self, *words, **terms):
        mark("locked")
        return super().acquire_lock(*words, **terms)


@task(cache_policy=alone.configure(lock_manager=Noted()))
def locked(number, how):
    mark("ran", number)
    return "made"


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
def called_when_another_holds(name, *arguments):
    until("holds")
    state = globals()[name](*arguments, return_state=True)
    mark("through")
    return [seen(state)]


@flow
async def awaited(name, *arguments):
    state = await globals()[name](*arguments, return_state=True)
    return [(state.name, await state.result(raise_on_failure=False))]


@flow
async def awaited_when_another_holds(name, *arguments):
    await gate("holds")
    state = await globals()[name](*arguments, return_state=True)
    mark("through")
    return [(state.name, await state.result(raise_on_failure=False))]


@flow
def submitted(name, times, *arguments):
    futures = [globals()[name].submit(*arguments) for _ in range(times)]
    for future in futures:
        future.wait()
    return [seen(future.state) for future in futures]


@flow
async def gathered(times, *arguments):
    states = [fetched(*arguments, return_state=True) for _ in range(times)]
    return [(state.name, await state.result()) for state in await asyncio.gather(*states)]


@flow
def refreshed(number):
    until("holds")
    state = total.with_options(refresh_cache=True)(number, "is quick", return_state=True)
    mark("through")
    return [seen(state)]


@flow
def killed_while_it_publishes():
    """The blob lies there, and what becomes the entry as well, under the name of a draft."""

    def kill(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    @subscribe
    def begins(event):
        if isinstance(event, Miss):
            os.link = os.rename = os.replace = kill

    total(1, "is large")


def elsewhere(*arguments):
    """The same task by somebody whom nothing connects with us; he may have to wait for ever."""
    states = [("Waiting", None)]
    thread = threading.Thread(
        target=lambda: states.append(seen(total(*arguments, return_state=True))), daemon=True
    )
    thread.start()
    thread.join(DEADLINE_SECONDS)
    return states[-1]


@flow
def cut_short(*arguments):
    """A task that times out right after the engine was given its lock; its state is kept."""
    begin = Transaction.begin

    def cut(self):
        begin(self)
        raise TimeoutError("right then")

    Transaction.begin = cut
    kept = total(*arguments, return_state=True)
    Transaction.begin = begin
    return [(kept.name, None), elsewhere(*arguments)]


@flow
def told_to_stop(*arguments):
    """A task that is interrupted while it is told that it is a miss."""

    class Interruption(BaseException):
        pass

    @subscribe
    def interrupt(event):
        if isinstance(event, Miss):
            stop()
            raise Interruption

    stop = interrupt
    with suppress(Interruption):
        total(*arguments)
    return [elsewhere(*arguments)]
