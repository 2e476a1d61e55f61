"""Tasks that ask for the day of their run, which it may not have: with the cache and without."""

from engine import dag, task
from marking import mark


def asked(ds):
    mark("asked", ds)
    return ds


def asked_in_vain(ds=None):
    mark("asked_in_vain", ds)
    return ds


def looked_up(**context):
    mark("looked_up", context["ds"])
    return context["ds"]


def told(day):
    mark("told_the_day", day)
    return day


@dag(schedule=None)
def dates():
    cached = task.cached(cache="lake")
    cached(asked)()
    cached(asked_in_vain)()
    cached(told)("{{ ds }}")
    task.cached(cache="lake", context={"ds"})(looked_up)()


@dag(schedule=None)
def dates_without_cache():
    task(asked)()
    task(asked_in_vain)()
    task(told)("{{ ds }}")
    task(looked_up)()


dates()
dates_without_cache()
