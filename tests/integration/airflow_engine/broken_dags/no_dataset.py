"""A DAG for Airflow that reads a text in the place of a dataset."""

try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def no_dataset():
    CachedPythonOperator(
        task_id="total", python_callable=len, op_args=["1"], reads="s3://lake/orders"
    )


no_dataset()
