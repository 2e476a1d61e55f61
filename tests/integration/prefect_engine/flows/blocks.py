"""Tasks and flows whose results lie in a cache that a block configures."""

import os
import shutil
import sys
import threading
from datetime import timedelta
from pathlib import Path

import cloudpickle
from marking import count, mark, seen
from prefect import flow, get_client, task
from prefect.cache_policies import INPUTS, NO_CACHE

from orchestra_cache.events import Failed, subscribe
from orchestra_cache.prefect import OrchestraStorage

LAKE = Path(os.environ["ORCHESTRA_CACHE_CACHES__LAKE__URL"])


@task(cache_policy=INPUTS)
def total(day):
    mark("total", day)
    return {"day": day, "ran": count("total")}


@task(cache_policy=INPUTS)
async def awaited(day):
    mark("total", day)
    return {"day": day, "ran": count("total")}


@task(cache_policy=INPUTS)
def large(day):
    mark("large", day)
    return "large" * 100_000


class Vanishing:
    """Takes everything that is stored away as soon as it is read."""

    def __setstate__(self, state):
        self.__dict__.update(state)
        shutil.rmtree(LAKE, ignore_errors=True)


@task(cache_policy=INPUTS)
def vanishing(size):
    mark("vanishing")
    made = Vanishing()
    made.text = "x" * size
    return made


@task(cache_policy=INPUTS)
def undone(day):
    mark("total", day)
    return day


@undone.on_rollback
def undo(transaction):
    mark("undone")


@task(cache_policy=INPUTS.configure(key_storage=LAKE.with_name("keys")))
def kept_apart(day):
    mark("apart", day)
    return day


@task(cache_policy=NO_CACHE)
def watched(block):
    ours, theirs = (OrchestraStorage.load(block, _sync=True) for _ in range(2))
    found = []
    for content in (b"first", b"second"):
        theirs.write_path("latest", content, _sync=True)
        found.append(ours.read_path("latest", _sync=True))
    return found


@task(cache_policy=NO_CACHE)
def holding(url):
    """How often the second content that was read is held, and how large the block travels."""
    block = OrchestraStorage(url=url)
    for path in ("first", "second"):
        block.write_path(path, bytes(1_000_000), _sync=True)
    block.read_path("first", _sync=True)
    second = block.read_path("second", _sync=True)
    # Once by its name here, once by the argument.
    held = sys.getrefcount(second) - 2
    return held, len(cloudpickle.dumps(block)), block == OrchestraStorage(url=url)


def stored(name, block, **options):
    return globals()[name].with_options(result_storage=f"orchestra-cache/{block}", **options)


@flow
def called(block, name, *days):
    return [seen(stored(name, block)(day, return_state=True)) for day in days]


@flow
async def called_async(block, *days):
    states = [await stored("awaited", block)(day, return_state=True) for day in days]
    return [(state.name, await state.result()) for state in states]


@flow
def refreshed(block, day):
    return [seen(stored("total", block, refresh_cache=True)(day, return_state=True))]


@flow
def expiring(block, day):
    expiring = stored("total", block, cache_expiration=timedelta(microseconds=1))
    return [seen(expiring(day, return_state=True)) for _ in range(2)]


@flow
def called_by_default(day):
    return [seen(total(day, return_state=True))]


@flow
def watching(block):
    return [seen(watched(block, return_state=True))]


@flow
def held(url):
    return [seen(holding(url, return_state=True))]


@flow
def vanished(block, size):
    state = stored("vanishing", block)(size, return_state=True)
    return [(state.name, len(state.result().text))]


@flow
async def threads_that_ask(block):
    names = []

    def note(event):
        if isinstance(event, Failed):
            names.append(threading.current_thread().name)

    subscribe(note)
    state = await stored("awaited", block)(1, return_state=True)
    return [(state.name, names, threading.current_thread().name)]


@flow
def totals(day):
    return {"totals": day}


@flow
def persisted(block, day):
    inner = totals.with_options(result_storage=f"orchestra-cache/{block}", persist_result=True)
    state = inner(day, return_state=True)
    return [(state.name, str(state.state_details.flow_run_id))]


@flow
def fetched(run):
    with get_client(sync_client=True) as client:
        return [seen(client.read_flow_run(run).state)]


@flow
def unsaved(url):
    block = OrchestraStorage(url=url)
    # The decorator takes none that is not on a server.
    unsaved = total.with_options(name="unsaved")
    unsaved.result_storage = block
    return [seen(unsaved(1, return_state=True))]
