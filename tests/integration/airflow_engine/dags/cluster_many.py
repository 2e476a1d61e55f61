"""What two workers of Airflow do: many elements, and tasks whose worker is killed."""

import os
import random
import time

from engine import dag, task
from marking import mark

GO = os.environ["MARKS"] + ".go"
PATIENCE_SECONDS = 60


@task.cached(cache="lake", single_flight=True)
def squared(number):
    mark("squared", number)
    return number**2


@task
def summed(numbers):
    mark("summed", sum(numbers))


@task.cached(cache="lake", single_flight=True, queue="one", retries=1, retry_delay=0)
def held():
    mark("held", os.getsid(0))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not os.path.exists(GO) and time.monotonic() < deadline:
        time.sleep(0.05)
    return "held"


@task.cached(cache="strait", queue="one", retries=1, retry_delay=0)
def kept():
    """Too much for an entry, and not to be made less."""
    mark("kept", os.getsid(0))
    return random.Random(0).randbytes(200_000).hex()


@dag(schedule=None)
def many():
    """Equal elements after one another, so that several workers have the same at once."""
    summed(squared.expand(number=[number // 5 for number in range(100)]))


@dag(schedule=None)
def holds():
    held()


@dag(schedule=None)
def holds_elsewhere():
    held.override(queue="two")()


@dag(schedule=None)
def keeps():
    kept()


many()
holds()
holds_elsewhere()
keeps()
