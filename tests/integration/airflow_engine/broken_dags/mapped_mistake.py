"""A DAG for Airflow whose mapped task keeps for a time that nothing lasts."""

from datetime import timedelta

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def mapped_mistake():
    CachedPythonOperator.partial(
        task_id="lengths", python_callable=len, ttl=timedelta(0), cache="lake"
    ).expand(op_args=[["1"], ["12"]])


mapped_mistake()
