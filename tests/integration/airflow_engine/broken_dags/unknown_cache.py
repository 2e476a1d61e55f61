"""A DAG for Airflow with a cache that nobody configured."""

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def unknown_cache():
    CachedPythonOperator(task_id="total", python_callable=len, op_args=["1"], cache="pond")


unknown_cache()
