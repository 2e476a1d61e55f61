"""Tasks by the runners that Prefect has, and by Dask."""

import os

from marking import mark, seen
from places import lake
from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

from orchestra_cache.prefect import FingerprintPolicy

# The addresses of the test's stores are different ones each time.
RATE = 2


alone = FingerprintPolicy(lake(), single_flight=True)


class Order:
    def __init__(self, number):
        self.number = number


def rated(order):
    return RATE * order.number


@task(cache_policy=alone)
def priced(order):
    mark("priced", order.number, os.getpid())
    return {"price": rated(order)}


@task(cache_policy=alone)
def summed(prices):
    mark("summed")
    return sum(price["price"] for price in prices)


def mapped(numbers):
    futures = priced.map([Order(number) for number in numbers])
    whole = summed.submit(futures)
    futures.wait()
    whole.wait()
    return [seen(future.state) for future in [*futures, whole]]


@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
def by_threads(numbers):
    return mapped(numbers)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def by_processes(numbers):
    return mapped(numbers)


def by_dask(numbers):
    """A flow with a cluster of its own: what its workers are told is said when it starts."""
    from prefect_dask import DaskTaskRunner

    terms = {
        "n_workers": 2,
        "threads_per_worker": 2,
        "processes": True,
        "dashboard_address": "127.0.0.1:0",
    }
    runner = DaskTaskRunner(cluster_kwargs={**terms, "host": "127.0.0.1"})
    return flow(task_runner=runner, name="by_dask")(mapped)(numbers)


@flow
def dask(numbers):
    return by_dask(numbers)


@task(cache_policy=alone)
def doubled(number):
    mark("doubled", number)
    return 2 * number


@flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
def many(numbers):
    futures = doubled.map(numbers)
    futures.wait()
    return [seen(future.state) for future in futures]
