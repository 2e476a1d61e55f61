"""Tasks of which one computes while the others wait."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from marking import count, mark, seen
from meeting import gate, until
from places import lake
from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.filesystems import WritableFileSystem
from prefect.transactions import IsolationLevel, transaction

from orchestra_cache.prefect import FingerprintPolicy
from orchestra_cache.prefect.locks import LeaseLockManager


class Shelf(WritableFileSystem):
    """A folder from which one record can be read once, and then not any more."""

    basepath: str

    def _resolve_path(self, path):
        return None

    def read_path(self, path, **_):
        if count("broken") > count("refused") and path_was_read.is_set():
            mark("refused")
            raise OSError("the disk is gone")
        path_was_read.set()
        return Path(self.basepath, path).read_bytes()

    def write_path(self, path, content, **_):
        Path(self.basepath).mkdir(exist_ok=True)
        Path(self.basepath, path).write_bytes(content)


path_was_read = threading.Event()
terms = {"isolation_level": IsolationLevel.SERIALIZABLE, "lock_manager": LeaseLockManager(lake())}
locked = INPUTS.configure(**terms)
shelf = Shelf(basepath=str(Path(os.environ["MARKS"]).with_name("shelf")))


@task(cache_policy=locked)
def made(waiting):
    mark("ran")
    until("waits", waiting)
    return "made"


@task(cache_policy=FingerprintPolicy("lake").configure(**terms))
def fingerprinted(waiting):
    mark("ran")
    until("waits", waiting)
    return "made"


@task(cache_policy=locked)
async def awaited(waiting):
    mark("ran")
    await gate("waits", waiting)
    return "made"


@task(cache_policy=locked, timeout_seconds=2)
def hurried(number):
    mark("ran")
    return "hurried"


@hurried.on_rollback
def rolled_back(transaction):
    mark("rolled back")


@task(cache_policy=locked)
def held(number):
    """Of the same key as all that have nothing but this number."""
    mark("holds")
    until("through")
    return "held"


@task(cache_policy=locked)
def killed(number):
    mark("holds")
    until("waits")
    os.kill(os.getpid(), signal.SIGKILL)


@task(cache_policy=locked)
def simple(number):
    mark("ran")
    return "simple"


@task(cache_policy=locked.configure(key_storage=shelf), cache_result_in_memory=False)
def shelved(number):
    mark("ran")
    return "shelved"


@task(cache_policy=locked)
def calls_the_same(number):
    return [seen(simple(number, return_state=True))]


@task(cache_policy=locked)
def calls_twice(number):
    return [seen(simple(number + 1, return_state=True)) for _ in range(2)]


@task(cache_policy=locked)
def submits_twice(number):
    futures = [simple.submit(number + 1) for _ in range(2)]
    for future in futures:
        future.wait()
    return [seen(future.state) for future in futures]


@task(cache_policy=locked)
def goes_on_after_a_nested_one(number):
    simple(number + 1)
    mark("holds")
    until("through")
    return "outer"


@task(cache_policy=locked)
def meets(number, other):
    mark("holds")
    until("holds", 2)
    return simple_of(other, number)


@task(cache_policy=locked)
def simple_of(number, other):
    """Of the same key as `meets`."""
    return "inner"


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
def called_inside(name, *arguments):
    """What the outermost task run returns is what those in it were."""
    return globals()[name](*arguments)


@flow
def says_that_it_is_through(name, *arguments):
    until("holds")
    state = globals()[name](*arguments, return_state=True)
    mark("through")
    return [seen(state)]


@flow
def submitted(name, waiting):
    futures = [globals()[name].submit(waiting) for _ in range(waiting + 1)]
    for future in futures:
        future.wait()
    return [seen(future.state) for future in futures]


@flow
async def gathered(waiting):
    states = [awaited(waiting, return_state=True) for _ in range(waiting + 1)]
    return [(state.name, await state.result()) for state in await asyncio.gather(*states)]


@flow
def cannot_read_its_hit(number):
    shelved(number)
    path_was_read.clear()
    mark("broken")
    state = shelved(number, return_state=True)
    mark("holds")
    with suppress(AssertionError):
        until("through")
    return [(state.name, count("through"))]


@flow
def after_a_rollback(number):
    with suppress(ValueError), transaction():
        simple(number)
        raise ValueError("no orders")
    return [seen(simple(number, return_state=True))]
