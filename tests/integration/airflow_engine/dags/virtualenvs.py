"""Cached tasks that run with another Python than the worker's."""

import os

from engine import dag, task

from orchestra_cache.airflow import CachedExternalPythonOperator

OTHER = os.environ.get("OTHER_PYTHON", "/nowhere/python")
LARGE = 30_000


def release(word):
    import json
    import os

    # Only the other Python has it.
    import pinned

    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps(["release", word]) + "\n")
    return pinned.RELEASE


@task.cached(cache="lake")
def numbers():
    return list(range(LARGE))


@task.cached_external_python(python=OTHER, expect_airflow=False, cache="lake")
def total(values):
    import json
    import os

    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps(["total", type(values).__name__]) + "\n")
    return sum(values)


@task.cached_external_python(python=OTHER, expect_airflow=False, packages="none", cache="lake")
def counted(values):
    import json
    import os

    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps(["counted", type(values).__name__]) + "\n")
    return len(values)


@task.cached_virtualenv(
    system_site_packages=False, expect_airflow=False, string_args=["a", "b"], cache="lake"
)
def alone(word):
    import json
    import os
    import sys

    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps(["alone", word, *virtualenv_string_args]) + "\n")  # noqa: F821
    return sys.prefix != sys.base_prefix


@dag(schedule=None)
def elsewhere():
    made = numbers()
    total(made)
    counted(made)
    CachedExternalPythonOperator(
        task_id="release",
        python=OTHER,
        python_callable=release,
        op_args=["{{ dag.dag_id }}"],
        expect_airflow=False,
        cache="lake",
    )
    alone("{{ dag.dag_id }}")


elsewhere()
