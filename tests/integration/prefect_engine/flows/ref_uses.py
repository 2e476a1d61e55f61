"""What flows and tasks do with Refs that is meant for values, and what Prefect itself does."""

from marking import seen
from prefect import flow, task, unmapped
from prefect.runtime import task_run
from prefect.task_runners import ThreadPoolTaskRunner

from orchestra_cache.prefect import FingerprintPolicy, cached_task


@cached_task(cache="lake")
def counted(number):
    return list(range(number))


@cached_task(cache="lake")
def long(number):
    return list(range(number, number + 50_000))


@cached_task(cache="lake")
def named(name):
    return name


@task
def pair(one, other):
    return one, other.load() if hasattr(other, "load") else other


@cached_task(cache="lake", final=True)
def cached_pair(one, other):
    return one, other


@task(cache_policy=FingerprintPolicy("lake"))
def sum_of(b):
    return sum(b) if isinstance(b, list) else b


@task(task_run_name="of {name:>4}")
def of_a_name(name):
    return task_run.name


@task
def raising(stand_in):
    raise ValueError(stand_in)


@task
def writing(stand_in):
    with open(f"file-{stand_in}.csv", "w"):
        return "written"


def raised(each, way, **terms):
    try:
        return each.map([0, 1, 2], way, **terms).result()
    except Exception as error:
        return type(error).__name__, str(error)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def mapped(number):
    """Over a Ref and over a future of one; with a plain and with a cached task; later, too."""
    ways = [counted(number), counted.submit(number)]
    at_once = [raised(each, way) for each in (pair, cached_pair) for way in ways]
    return at_once + [raised(each, ways[0], deferred=True) for each in (pair, cached_pair)]


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def mapped_whole(number):
    ways = [counted(number), counted.submit(number)]
    return [
        each.map([0, 1, 2], unmapped(way)).result() for each in (pair, cached_pair) for way in ways
    ]


@flow
def below(stand_in, more=()):
    return [stand_in.load(), *(one.load() for one in more)]


@flow
def given_to_a_flow(number):
    return below(counted(number), more=[named("EU")])


@flow
def in_texts(name):
    """A template of Prefect's, an error with a Ref in it, and the name of a file."""
    region = named(name)
    named_by = [region, counted(3)]
    states = [of_a_name(one, return_state=True) for one in named_by]
    failed = raising(counted(3), return_state=True)
    written = writing(counted(3), return_state=True)
    return [state.result() for state in states], [failed.message, written.message]


@flow
def in_lines_of_misses(number, name):
    """One after the other, so that each is asked in comparison with the one before."""
    givens = [1, long(number), long(number + 1), named(name), named(name + name)]
    return [seen(sum_of(given, return_state=True)) for given in givens]
