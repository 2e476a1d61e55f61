"""A DAG for Airflow with a cache that cannot be anywhere."""

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def bad_url():
    CachedPythonOperator(task_id="total", python_callable=len, op_args=["1"], cache="s3//bucket")


bad_url()
