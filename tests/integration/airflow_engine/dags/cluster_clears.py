"""A chain of cached tasks that people clear, each of which says when it runs."""

import os

from engine import dag, task
from marking import mark

FLAG = os.environ["MARKS"] + ".fails-next"


def fail_if_told(context, result=None):
    """Fail after the result was kept, once."""
    if os.path.exists(FLAG):
        os.remove(FLAG)
        raise ValueError("lost after it was kept")


@task.cached(cache="lake")
def gathered(day):
    mark("gathered", day)
    return [day]


@task.cached(cache="lake")
def counted(days):
    mark("counted", days)
    return [*days, len(days)]


@task.cached(cache="lake")
def told(counts):
    mark("told", counts)
    return str(counts)


@task.cached(cache="lake", on_clear="reuse")
def reused(day):
    mark("reused", day)
    return day


@task.cached(cache="lake", retries=1, retry_delay=0, post_execute=fail_if_told)
def failing_when_told(day):
    mark("failing_when_told", day)
    return day


@dag(schedule=None)
def clears():
    told(counted(gathered("clears")))


@dag(schedule=None)
def asked():
    told(counted(gathered("asked")))


@dag(schedule=None)
def clears_for_reuse():
    reused("clears_for_reuse")


@dag(schedule=None)
def clears_and_fails():
    failing_when_told("clears_and_fails")


clears()
asked()
clears_for_reuse()
clears_and_fails()
