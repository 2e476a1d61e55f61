"""Tasks in Airflow whose cache is named by a connection."""

import os

from engine import dag, task
from marking import mark


def tripled(number):
    return [number] * 3


@task.cached(cache=os.environ.get("CONNECTED", "file://lake_files@/nowhere"))
def connected(number):
    mark("connected", number)
    return tripled(number)


@dag(schedule=None)
def by_connection():
    connected(1)


by_connection()
