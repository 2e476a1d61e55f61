"""Tasks that cannot be cached as they are declared."""

import threading

from marking import mark, seen
from prefect import flow, task

from orchestra_cache.datasets import File
from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake"))
def connected(config):
    mark("ran")
    return "connected"


@task(cache_policy=FingerprintPolicy("lake", reads=[File("/no/such/folder/{day}.csv")]))
def missing_dataset(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("pond"))
def unknown_cache(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", ignore={"loger"}))
def unknown_parameter(day):
    mark("ran")
    return day


@flow
def called(name):
    return [seen(globals()[name](3, return_state=True))]


@flow
def called_with_a_lock():
    config = {"pool": [1, {"lock": threading.Lock()}]}
    return [seen(connected(config, return_state=True))]
