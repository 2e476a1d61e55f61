"""Tasks in Airflow that cannot be cached as they are declared, and tasks that fail."""

import os
import threading

from engine import dag, task
from marking import mark

from orchestra_cache.datasets import File

DATA = os.environ["MARKS"] + ".csv"


class Connection:
    """What an argument without identity looks like to Airflow: anything."""

    def __init__(self):
        self.lock = threading.Lock()


@task.cached(cache="lake")
def connected(config):
    mark("ran")


@task.cached(cache="lake", reads=[File("/no/such/folder/{day}.csv")])
def missing_dataset(day):
    mark("ran")


@task.cached(cache="lake", reads=[File(DATA)])
def loaded(day):
    mark("ran")
    with open(DATA) as file:
        return file.read()


@task.cached(cache="lake", do_xcom_push=False)
def unpicklable():
    mark("ran")
    return threading.Lock()


@task.cached(cache="lake", mode="off")
def switched_off(day):
    mark("ran")
    return day


@task.cached(cache="lake")
def failing():
    mark("ran")
    raise ValueError("no orders")


def of_one_task(name, decorated, *arguments):
    @dag(dag_id=name, schedule=None)
    def made():
        decorated(*arguments)

    return made()


of_one_task("with_a_connection", connected, {"pool": [1, Connection()]})
of_one_task("with_a_missing_dataset", missing_dataset, "{{ ds }}")
of_one_task("with_a_dataset", loaded, "{{ ds }}")
of_one_task("with_an_unpicklable_result", unpicklable)
of_one_task("switched_off", switched_off, "{{ ds }}")
of_one_task("failing", failing)
