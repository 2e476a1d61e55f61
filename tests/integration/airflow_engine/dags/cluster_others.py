"""A DAG of another file, with a function that others have too."""

from cluster_prices import priced
from engine import dag

from orchestra_cache.airflow import CachedPythonOperator


@dag(schedule=None)
def priced_by_an_operator():
    CachedPythonOperator(
        task_id="another_name", python_callable=priced, op_args=["pear"], cache="lake"
    )


priced_by_an_operator()
