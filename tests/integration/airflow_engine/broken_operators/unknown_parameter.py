from orchestra_cache.airflow import enable_cache
from tests.integration.airflow_engine.dags.engine import dag
from tests.integration.airflow_engine.dags.kinds import BashOperator


@dag(schedule=None)
def misspelled():
    enable_cache(BashOperator(task_id="run", bash_command="true"), ignore={"comand"})


misspelled()
