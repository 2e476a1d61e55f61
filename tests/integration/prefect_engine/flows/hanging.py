"""A task whose store takes what is asked of it and never answers."""

import threading
from datetime import timedelta

import fsspec
from marking import mark, seen
from prefect import flow, task

from orchestra_cache import Cache
from orchestra_cache.prefect import FingerprintPolicy
from orchestra_cache.testing.faults import FaultyFileSystem, Plan, delay

TIMEOUT_SECONDS = 4

fsspec.register_implementation("faulty", FaultyFileSystem, clobber=True)
plan = Plan()
patient = Cache(
    "faulty://lake",
    storage_options={"plan": plan},
    trusted=True,
    budget=timedelta(seconds=10 * TIMEOUT_SECONDS),
)


@task(cache_policy=FingerprintPolicy(patient), timeout_seconds=TIMEOUT_SECONDS)
def hurried(day):
    mark("ran")
    return [day]


@flow
def called(day):
    never = threading.Event()
    plan.add(delay(threading.Event(), never))
    state = hurried(day, return_state=True)
    never.set()
    return [seen(state)]
