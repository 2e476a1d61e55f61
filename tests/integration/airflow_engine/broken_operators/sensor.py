from orchestra_cache.airflow import enable_cache
from tests.integration.airflow_engine.dags.engine import dag
from tests.integration.airflow_engine.dags.kinds import BaseSensorOperator


@dag(schedule=None)
def waits():
    enable_cache(BaseSensorOperator(task_id="arrived"), cache="lake")


waits()
