"""A DAG for Airflow with as many cached tasks as TASKS says, on caches by place and by name."""

import os

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

from orchestra_cache.airflow import CachedPythonOperator
from orchestra_cache.datasets import File


@task.cached(cache=os.environ["STORE"], reads=[File("/data/{day}.csv")])
def near(day, number):
    return number


@task.cached(cache="ftp://127.0.0.1:9/cache", reads=[File("ftp://127.0.0.1:9/{day}.csv")])
def far(day, number):
    return number


def told(day):
    return day


@dag(schedule=None)
def many():
    for number in range(int(os.environ["TASKS"]) // 4):
        near("{{ ds }}", number)
        far("{{ ds }}", number)
        for cache in ("lake", "s3://lake/cache"):
            CachedPythonOperator(
                task_id=f"told_{cache[:2]}_{number}",
                python_callable=told,
                op_args=["{{ ds }}"],
                cache=cache,
            )


many()
