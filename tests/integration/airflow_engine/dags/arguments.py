"""Cached tasks in Airflow whose arguments come in every way there is."""

from engine import dag, task
from marking import mark


@task.cached(cache="lake")
def add(left, right=10):
    mark("add", left, right)
    return left + right


@task.cached(cache="lake", multiple_outputs=True)
def split(day):
    mark("split", day)
    year, month, _ = day.split("-")
    return {"year": year, "month": month}


@task.cached(cache="lake")
def dated(ds, prefix="day"):
    mark("dated", ds)
    return f"{prefix} {ds}"


@task.cached(cache="lake")
def timed(logical_date, data_interval_start):
    mark("timed", logical_date.isoformat())
    return (logical_date - data_interval_start).days


@task.cached(cache="lake")
def scaled(params):
    mark("scaled", params["factor"])
    return 2 * params["factor"]


@task.cached(cache="lake")
def told(ti):
    mark("told")
    return ti.task_id


@task.cached(cache="lake")
def keyworded(**context):
    mark("keyworded")
    return context["ds"]


@task.cached(cache="lake", ignore={"ti"})
def told_and_ignored(ti):
    mark("told_and_ignored")
    return "told"


@task.cached(cache="lake")
def nothing():
    mark("nothing")


@task.cached(cache="lake")
def total(values):
    mark("total", *values)
    return sum(values)


@task
def show(*values):
    mark("show", *(list(value) if hasattr(value, "__len__") else value for value in values))


@dag(schedule=None)
def mapped():
    added = add.partial(right=1).expand(left=[1, 2, 3])
    show(added)


@dag(schedule=None)
def mapped_further():
    add.partial(right=1).expand(left=[1, 2, 3, 4])


@dag(schedule=None)
def mapped_over_a_result():
    @task.cached(cache="lake")
    def numbers():
        mark("numbers")
        return [1, 2]

    show(add.expand(left=numbers()))


@dag(schedule=None)
def mapped_and_gathered():
    total(add.partial(right=1).expand(left=[1, 2, 3]))


@dag(schedule=None)
def plain():
    add(1, 1)


@dag(schedule=None)
def overridden():
    add.override(task_id="plus", retries=3)(1, right=1)


@dag(schedule=None)
def several_outputs():
    parts = split("{{ ds }}")
    show(parts["year"], parts["month"])


@dag(schedule=None)
def asking_for_the_day():
    dated()


@dag(schedule=None)
def asking_for_the_time():
    timed()


@dag(schedule=None, params={"factor": 3})
def asking_for_params():
    scaled()


@dag(schedule=None)
def asking_for_the_instance():
    told()


@dag(schedule=None)
def asking_for_everything():
    keyworded()


@dag(schedule=None)
def asking_for_what_is_ignored():
    told_and_ignored()


@dag(schedule=None)
def without_a_result():
    nothing()


for make in (
    mapped,
    mapped_further,
    mapped_over_a_result,
    mapped_and_gathered,
    plain,
    overridden,
    several_outputs,
    asking_for_the_day,
    asking_for_the_time,
    asking_for_params,
    asking_for_the_instance,
    asking_for_everything,
    asking_for_what_is_ignored,
    without_a_result,
):
    make()
