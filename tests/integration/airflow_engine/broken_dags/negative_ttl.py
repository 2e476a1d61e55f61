"""A DAG for Airflow with a duration that nothing lasts."""

from datetime import timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@task.cached(ttl=timedelta(days=-1))
def total(day): ...


@dag(schedule=None)
def negative_ttl():
    total("{{ ds }}")


negative_ttl()
