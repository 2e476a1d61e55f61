"""Results in Airflow that stay in the store, and everyone who looks into them."""

from datetime import date

from engine import dag, task
from marking import mark

from orchestra_cache.airflow import CachedPythonOperator


@task.cached(cache="lake")
def long_list():
    mark("made")
    return list(range(30_000))


@task.cached(cache="lake")
def pickled():
    mark("made")
    return {"days": {date(2026, 1, 1)}}


@task.cached(cache="pond")
def count(value):
    mark("count", type(value).__name__)
    return len(value)


@task
def show(value):
    mark("show", type(value).__name__)


def last(given):
    mark("last", given)
    return given


@dag(schedule=None)
def read_in_a_template():
    made = long_list()
    pulled = "{{ ti.xcom_pull(task_ids='long_list')[-1] }}"
    made >> CachedPythonOperator(
        task_id="last", python_callable=last, op_args=[pulled], cache="lake"
    )


@dag(schedule=None)
def read_by_everyone():
    made = pickled()
    show(made)
    count(made)


read_in_a_template()
read_by_everyone()
