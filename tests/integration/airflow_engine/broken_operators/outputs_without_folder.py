from orchestra_cache.airflow import CachedBashOperator
from tests.integration.airflow_engine.dags.engine import dag


@dag(schedule=None)
def nowhere():
    CachedBashOperator(task_id="make", bash_command="make", outputs=["out/*.csv"])


nowhere()
