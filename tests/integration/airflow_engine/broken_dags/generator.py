"""A DAG for Airflow whose task can be read only once."""

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@task.cached
async def numbers():
    yield 1


@dag(schedule=None)
def generator():
    numbers()


generator()
