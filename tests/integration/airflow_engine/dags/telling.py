"""Cached tasks in Airflow of which a person sees something afterwards."""

import os

from engine import dag, task
from marking import mark

from orchestra_cache.airflow import CachedPythonOperator

SCALE = int(os.environ.get("SCALE", "1"))


@task.cached(cache="lake")
def scaled(number):
    mark("scaled", number)
    return number * SCALE


@task.cached(cache="lake", context=())
def keyworded(number, **context):
    return [number] * 3


@task.cached(cache="lake")
def instance(ti):
    return ti.task_id


@task.cached(cache="lake")
def secretive(private_note):
    return len(private_note)


@task.cached(cache="lake", do_xcom_push=False)
def silent(number):
    return number


def doubled(numbers):
    return [2 * number for number in numbers]


@dag(schedule=None)
def told():
    scaled("{{ ds_nodash | int }}")
    scaled.override(task_id="group").expand(number=[1, 2])
    keyworded("{{ ds }}")
    instance()
    silent(1)
    secretive("hunter2")
    CachedPythonOperator(task_id="doubled", python_callable=doubled, op_args=[[1, 2]], cache="lake")
    task(lambda: 1, task_id="plain")()


told()
