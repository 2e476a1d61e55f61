from orchestra_cache.airflow import enable_cache
from tests.integration.airflow_engine.dags.engine import dag, task


@task.bash
def command():
    return "true"


@dag(schedule=None)
def says_a_command():
    enable_cache(command().operator)


says_a_command()
