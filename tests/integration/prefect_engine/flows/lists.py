"""A task that is given the results of a mapped one, and one that is given a list of the same."""

from marking import mark, seen
from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy, cached_task


@task
def plainly(number):
    return [number]


@cached_task(cache="lake")
def handed_on(number):
    return [number]


@task(cache_policy=FingerprintPolicy("lake"))
def joined(parts):
    mark("joined")
    return [number for part in parts for number in part]


@flow
def of_a_list(name, numbers):
    return [seen(joined([globals()[name](number) for number in numbers], return_state=True))]


@flow
def of_a_map(name, numbers):
    return [seen(joined(globals()[name].map(numbers), return_state=True))]
