from orchestra_cache.airflow import CachedBashOperator
from tests.integration.airflow_engine.dags.engine import dag


@dag(schedule=None)
def elsewhere():
    CachedBashOperator(task_id="make", bash_command="make", cwd="/data", outputs=["../out.csv"])


elsewhere()
