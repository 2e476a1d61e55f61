"""A DAG for Airflow with two hundred cached tasks, half of them on a cache beyond the network."""

import os

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

from orchestra_cache.datasets import File


@task.cached(cache=os.environ["STORE"], reads=[File("/data/{day}.csv")])
def near(day, number):
    return number


@task.cached(cache="ftp://127.0.0.1:9/cache", reads=[File("ftp://127.0.0.1:9/{day}.csv")])
def far(day, number):
    return number


@dag(schedule=None)
def many():
    for number in range(100):
        near("{{ ds }}", number)
        far("{{ ds }}", number)


many()
