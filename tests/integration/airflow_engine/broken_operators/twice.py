from orchestra_cache.airflow import cached
from tests.integration.airflow_engine.dags.kinds import BashOperator

cached(cached(BashOperator))
