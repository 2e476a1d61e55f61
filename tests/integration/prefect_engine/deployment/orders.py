"""Flows that are run from this folder: what their tasks do is told by a file of marks."""

import json
import os
import sys
import time
from pathlib import Path

from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy

MARKS = Path(os.environ["MARKS"])


def mark(name, *words):
    with MARKS.open("a") as file:
        file.write(json.dumps([name, *words]) + "\n")


def stay():
    """Wait until the test has seen this; what is run again after that goes on."""
    mark("stays", os.getpid())
    while not MARKS.with_name("gone on").exists():
        time.sleep(0.02)


def stay_before_an_entry(event, arguments):
    """As an audit hook: wait where a file would become an entry, and its blob is there."""
    if event == "os.link" and "/entries-v1/" in os.fspath(arguments[1]):
        stay()


@task(cache_policy=FingerprintPolicy("lake"))
def total(day):
    mark("total", day)
    return {"day": day}


@task(cache_policy=FingerprintPolicy("lake", single_flight=True))
def computed():
    mark("computed")
    stay()
    return "made " * 100_000


@task(cache_policy=FingerprintPolicy("lake", single_flight=True))
def published():
    mark("published")
    sys.addaudithook(stay_before_an_entry)
    return "made " * 100_000


@flow
def orders(name: str, arguments: list):
    # A served flow has only the globals that it names.
    named = {"total": total, "computed": computed, "published": published}[name]
    state = named(*arguments, return_state=True)
    mark("state", state.name)


if __name__ == "__main__":
    orders.serve("served")
