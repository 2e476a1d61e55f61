"""A cached task whose argument is a password that Airflow looks up and masks."""

from engine import dag, task


@task.cached(cache="lake")
def called(auth, day):
    return len(auth)


@dag(schedule=None)
def masked():
    called("Bearer {{ conn.api.password }}", "{{ ds }}")


masked()
