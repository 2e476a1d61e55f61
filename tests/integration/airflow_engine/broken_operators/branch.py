from orchestra_cache.airflow import cached
from tests.integration.airflow_engine.dags.kinds import LatestOnlyOperator

cached(LatestOnlyOperator, cache="lake")
