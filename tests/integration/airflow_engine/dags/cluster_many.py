"""What two workers of Airflow do: many elements, and a task that waits until its worker is gone."""

import os
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


@task.cached(cache="lake", retries=1, retry_delay=0)
def held():
    mark("held", os.getsid(0))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not os.path.exists(GO) and time.monotonic() < deadline:
        time.sleep(0.05)
    return "held"


@dag(schedule=None)
def many():
    """Equal elements after one another, so that several workers have the same at once."""
    summed(squared.expand(number=[number // 5 for number in range(40)]))


@dag(schedule=None)
def many_more():
    summed(squared.expand(number=[number % 20 for number in range(100)]))


@dag(schedule=None)
def waits_in_its_worker():
    held()


many()
many_more()
waits_in_its_worker()
