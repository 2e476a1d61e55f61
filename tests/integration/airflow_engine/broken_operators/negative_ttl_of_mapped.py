from datetime import timedelta

from orchestra_cache.airflow import enable_cache
from tests.integration.airflow_engine.dags.engine import dag
from tests.integration.airflow_engine.dags.kinds import BashOperator


@dag(schedule=None)
def negative():
    mapped = BashOperator.partial(task_id="run").expand(bash_command=["true"])
    enable_cache(mapped, ttl=timedelta(days=-1))


negative()
