"""Large values in Airflow that tasks without a cache push, and everyone who pulls them."""

import os
from pathlib import Path

import numpy
import pandas
from engine import dag, task
from marking import mark

LARGE = 30_000


@task
def numbers():
    mark("numbers")
    return list(range(LARGE))


@task
def again():
    return list(range(LARGE))


@task
def text():
    return "x" * 20_000


@task
def dated():
    return {2026: list(range(LARGE))}


@task
def objects():
    return {1.5, *range(LARGE)}


@task
def marked():
    return {"__orchestra_cache_ref__": {"uri": "file:///nowhere"}}


@task
def table():
    return pandas.DataFrame({"number": numpy.arange(LARGE)}, index=numpy.arange(LARGE) * 2)


@task(multiple_outputs=True)
def parts():
    return {"left": list(range(LARGE)), "right": "r"}


@task
def element(at):
    return [at] * (2 * LARGE)


@task.cached(cache="lake")
def total(values):
    mark("total", type(values).__name__)
    return sum(values)


@task.cached(cache="lake")
def joined(columns):
    mark("joined", *(len(column) for column in columns))
    return [sum(column) for column in columns]


@task.cached(cache="lake")
def first(value):
    mark("first", type(value).__name__)
    return value[0]


@task
def show(name, *values):
    mark("show", name, *(_seen(value) for value in values))


@task
def show_all(name, values):
    mark("show", name, *(_seen(value) for value in values))


def _seen(value):
    if isinstance(value, dict):
        return {str(type(key).__name__): _seen(held) for key, held in value.items()}
    if isinstance(value, pandas.DataFrame):
        return ["DataFrame", len(value), int(value.index[-1])]
    size = len(value) if hasattr(value, "__len__") and not isinstance(value, str) else None
    return value if size is None else [type(value).__name__, size]


@dag(schedule=None)
def handed():
    made = numbers()
    show("numbers", made)
    total(made)
    show("again", again())
    show("text", text())
    show("dated", dated())
    show("marked", marked())
    show("table", table())
    outputs = parts()
    show("parts", outputs["left"], outputs["right"])
    elements = element.expand(at=[1, 2])
    show_all("elements", elements)
    joined(elements)


@dag(schedule=None)
def handed_hits():
    @task
    def spoil():
        # What is only referred to is not read: it may be anything by now.
        for blob in Path(os.environ["LAKE"]).glob("main/blobs-v1/*/*"):
            blob.write_bytes(b"?" * blob.stat().st_size)

    made, elements = numbers(), element.expand(at=[1, 2])
    [made, elements] >> spoil() >> [total(made), joined(elements)]


@dag(schedule=None)
def gathered():
    joined(element.expand(at=[1, 2]))


@dag(schedule=None)
def expanded():
    @task
    def columns():
        return [[at] * LARGE for at in range(2)]

    first.expand(value=columns())


@dag(schedule=None)
def handed_further():
    show("objects", objects())
    show("text", text())


@dag(schedule=None)
def handed_alone():
    total(numbers())


@dag(schedule=None, render_template_as_native_obj=True)
def handed_itself():
    numbers() >> total("{{ ti.xcom_pull(task_ids='numbers') }}")


def tell(context):
    mark("failed", str(context["exception"]))


@dag(schedule=None)
def lost():
    @task
    def lose():
        for blob in Path(os.environ["LOSING"]).glob("main/blobs-v1/*/*"):
            blob.unlink()

    @task.cached(cache="lake", on_failure_callback=tell)
    def length(values):
        return len(values)

    @task(on_failure_callback=tell)
    def read(values):
        return len(values)

    made, losing = numbers(), lose()
    made >> losing >> [length(made), read(made)]


@dag(schedule=None)
def pushed_twice():
    @task(retries=1, retry_delay=0)
    def failing_once(ti=None):
        ti.xcom_push("early", list(range(LARGE)))
        mark("try")
        if ti.try_number == 1:
            raise ValueError("no orders yet")

    failing_once()


@dag(schedule=None)
def overwritten():
    @task
    def pushing(ti=None):
        for number in (1, 2):
            ti.xcom_push("early", [number] * (2 * LARGE))

    pushing()


for make in (
    handed,
    handed_hits,
    expanded,
    handed_further,
    handed_alone,
    handed_itself,
    lost,
    pushed_twice,
    overwritten,
    gathered,
):
    make()
