"""What Airflow does around a cached callable: coroutines, assets, retries."""

import os

from engine import Asset, dag, task
from marking import mark


@task.cached(cache="lake")
async def fetched(day):
    mark("fetched", day)
    return {"day": day}


@task.cached(cache="lake", outlets=[Asset("file:///orders")])
def written(day):
    mark("written", day)
    return day


@task.cached(cache="lake", retries=1, retry_delay=0)
def failing_once():
    with open(os.environ["MARKS"]) as file:
        earlier = file.read().count("failing_once")
    mark("failing_once")
    if not earlier:
        raise ValueError("no orders yet")
    return "orders"


@dag(schedule=None)
def coroutine():
    fetched("{{ ds }}")


@dag(schedule=None)
def with_an_outlet():
    written("{{ ds }}")


@dag(schedule=None)
def retried():
    failing_once()


coroutine()
with_an_outlet()
retried()
