from orchestra_cache.airflow import CachedBashOperator
from orchestra_cache.datasets import File
from tests.integration.airflow_engine.dags.engine import dag


@dag(schedule=None)
def unnamed():
    CachedBashOperator(
        task_id="make", bash_command="make", env={"DAY": "1"}, reads=[File("{MONTH}.csv")]
    )


unnamed()
