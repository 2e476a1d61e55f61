"""A DAG for Airflow whose mapped task ignores a parameter that it does not have."""

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@task.cached(ignore={"loger"})
def total(day, logger=None): ...


@dag(schedule=None)
def mapped_decorated():
    total.expand(day=["1", "2"])


mapped_decorated()
