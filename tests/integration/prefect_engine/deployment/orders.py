"""Flows that a worker runs from this folder: what their tasks do is told by a file of marks."""

import json
import os
import time
from pathlib import Path

from prefect import flow, task

from orchestra_cache import Cache
from orchestra_cache.prefect import FingerprintPolicy

HERE = Path(os.environ["MARKS"])


def mark(name, *words):
    with HERE.open("a") as file:
        file.write(json.dumps([name, *words]) + "\n")


def stay(where):
    """Wait at a place until the test, that is told of it, has done what it came for."""
    mark("stays", where, os.getpid())
    while not HERE.with_name(f"past {where}").exists():
        time.sleep(0.02)


class Slow:
    """Takes its time to be written down."""

    def __init__(self, data):
        self.data = data

    def __getstate__(self):
        stay("in publishing")
        return self.data

    def __setstate__(self, data):
        self.data = data


@task(cache_policy=FingerprintPolicy("lake"))
def total(day):
    mark("total", day)
    return {"day": day}


@task(cache_policy=FingerprintPolicy("lake", single_flight=True))
def computed():
    mark("computed")
    stay("in computing")
    return "made"


@task(cache_policy=FingerprintPolicy("lake", single_flight=True))
def published():
    mark("published")
    return ["made", Slow("slowly")]


@flow
def orders(name, *arguments):
    state = globals()[name](*arguments, return_state=True)
    mark("state", state.name)


if __name__ == "__main__":
    orders.serve("served", limit=1)
