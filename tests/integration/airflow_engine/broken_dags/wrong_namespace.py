"""A DAG for Airflow with a term that cannot be meant."""

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def wrong_namespace():
    CachedPythonOperator(task_id="total", python_callable=len, op_args=["1"], namespace="../other")


wrong_namespace()
