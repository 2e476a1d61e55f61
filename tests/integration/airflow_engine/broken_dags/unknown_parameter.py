"""A DAG for Airflow that names a parameter which its task does not have."""

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@task.cached(ignore={"loger"})
def total(day, logger): ...


@dag(schedule=None)
def unknown_parameter():
    total("{{ ds }}", None)


unknown_parameter()
