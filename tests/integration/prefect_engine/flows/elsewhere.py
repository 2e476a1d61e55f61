"""Tasks whose values are kept where the user has said."""

import os
from datetime import timedelta
from pathlib import Path

from marking import mark, seen
from prefect import flow, task
from prefect.filesystems import LocalFileSystem

from orchestra_cache.prefect import FingerprintPolicy, cached_task

lake = FingerprintPolicy("lake")
OWN = Path(os.environ["MARKS"]).with_name("own")


def orders(day, part="a"):
    mark("orders", day)
    return {"day": day, "lines": [f"{number}" * 100 for number in range(1000)]}


def by_keys():
    return lake.configure(key_storage=LocalFileSystem(basepath=str(OWN / "keys")))


def stored(made, folder):
    # As an argument of `task`, Prefect takes no path before 3.6.
    made.result_storage = folder
    return made


MADE = {
    "path": lambda: stored(task(orders, cache_policy=lake), OWN),
    "block": lambda: task(orders, cache_policy=lake, result_storage="local-file-system/elsewhere"),
    "json": lambda: task(orders, cache_policy=lake, result_serializer="json"),
    "compressed": lambda: task(orders, cache_policy=lake, result_serializer="compressed/pickle"),
    "keys": lambda: task(orders, cache_policy=by_keys()),
    "both": lambda: stored(task(orders, cache_policy=by_keys(), result_serializer="json"), OWN),
    "serial": lambda: stored(
        task(orders, cache_policy=FingerprintPolicy("lake", single_flight=True)), OWN
    ),
    "expiring": lambda: stored(
        task(orders, cache_policy=FingerprintPolicy("lake", ttl=timedelta(days=7))), OWN
    ),
    "refs": lambda: stored(cached_task(cache="lake", result_serializer="json")(orders), OWN),
    "ours": lambda: task(orders, cache_policy=lake),
}


@flow
def called(name, *arguments):
    state = MADE[name]()(*arguments, return_state=True)
    value = state.result()
    value = value.load() if name == "refs" else value
    return [(state.name, value["day"])]


@flow
def awaited(number):
    import asyncio

    async def fetched(day):
        mark("orders", day)
        return day

    made = stored(task(fetched, cache_policy=lake), OWN)

    async def inside():
        state = await made(number, return_state=True)
        return state.name, await state.aresult()

    return [asyncio.run(inside())]


@flow
def changed_by_its_reader(number):
    made = MADE["path"]()
    pairs = []
    for _ in range(3):
        state = made(number, return_state=True)
        value = state.result()
        pairs.append((state.name, sorted(value)))
        value["changed"] = True
    return pairs


@flow
def in_a_parent(number):
    made = MADE["path"]()

    @task
    def parent(day):
        value = made(day)
        value["changed"] = True
        return value["day"]

    return [seen(parent(number, return_state=True))]


@flow
def saves(folder):
    LocalFileSystem(basepath=folder).save("elsewhere", overwrite=True)
