"""A large table from one cached task to another, and to one that is not cached."""

import pandas
from engine import dag, task
from marking import mark


@task.cached(cache="lake")
def make(day):
    mark("make", day)
    return pandas.DataFrame({"note": ["a note that nobody wants in a database"] * 25_000})


@task.cached(cache="lake")
def count(notes):
    mark("count", type(notes).__name__)
    return len(notes)


@task
def report(counted):
    mark("report", counted)


@task
def show(notes):
    mark("show", type(notes).__name__, notes.shape, notes["note"][0])


@dag(schedule=None)
def cached_readers():
    """An example for Airflow."""
    report(count(make("{{ ds }}")))


@dag(schedule=None)
def uncached_reader():
    show(make("{{ ds }}"))


cached_readers()
uncached_reader()
