"""CachedPythonOperator in Airflow, with every kind of argument."""

from engine import dag
from marking import mark

from orchestra_cache.airflow import CachedPythonOperator


def total(day, factor, *, unit="EUR"):
    mark("total", day, factor, unit)
    return {"day": day, "total": [10 * factor, unit]}


def show(received):
    mark("show", received)


@dag(schedule=None)
def operators():
    first = CachedPythonOperator(
        task_id="total",
        python_callable=total,
        op_args=["{{ ds }}", 2],
        op_kwargs={"unit": "{{ var.value.get('unit', 'EUR') }}"},
        cache="lake",
    )
    second = CachedPythonOperator(
        task_id="show", python_callable=show, op_args=[first.output], mode="off"
    )
    first >> second


operators()
