"""Tasks whose results are out of the ordinary."""

import threading
from pathlib import Path

import pandas
from marking import count, mark, seen
from prefect import flow, task
from prefect.states import Failed

from orchestra_cache.prefect import FingerprintPolicy

cached = task(cache_policy=FingerprintPolicy("lake"))


@cached
def listed():
    return ["made"]


@cached
def nothing():
    mark("ran")


@cached
def frame():
    mark("ran")
    return pandas.DataFrame({"day": [1, 2], "paid": [True, None]}, index=["a", "b"])


@cached
def large():
    mark("ran")
    return "large" * 100_000


@cached
def failing():
    mark("ran")
    raise ValueError("no orders")


@cached
def returning_that_it_failed():
    mark("ran")
    return Failed(message="no orders", data="nothing")


@task(cache_policy=FingerprintPolicy("lake"), retries=1)
def failing_once():
    mark("ran")
    if count("ran") == 1:
        raise ValueError("no orders yet")
    return "orders"


@cached
def unpicklable():
    mark("ran")
    return threading.Lock()


@cached
def generated():
    mark("ran")
    yield from (1, 2, 3)


@cached
def breaking_the_store(lake):
    mark("ran")
    Path(lake).write_text("not a folder")
    return "made"


@cached
def contested(day):
    mark("ran")
    return day


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
def changed_by_its_reader():
    pairs = []
    for _ in range(3):
        state, value = seen(listed(return_state=True))
        pairs.append((state, list(value)))
        value.append("changed")
    return pairs


@flow
def unpicklable_called():
    state, value = seen(unpicklable(return_state=True))
    return [(state, type(value).__name__)]


@flow
def generator_called():
    return [("", list(generated()))]


@flow
def called_at_once():
    futures = contested.map([1] * 8)
    futures.wait()
    return [seen(future.state) for future in futures]
