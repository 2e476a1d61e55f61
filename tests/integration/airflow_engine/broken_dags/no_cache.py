"""A DAG for Airflow that is given a number for a cache."""

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def no_cache():
    CachedPythonOperator(task_id="total", python_callable=len, op_args=["1"], cache=5)


no_cache()
