"""Tasks whose cache policies are sums, and those with every term that a policy has."""

import copy
from pathlib import Path

import cloudpickle
from marking import mark, seen
from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE, CacheKeyFnPolicy
from slugify import slugify

from orchestra_cache.datasets import File
from orchestra_cache.prefect import FINGERPRINT, FingerprintPolicy

lake = FingerprintPolicy("lake")


def key_of(context, arguments):
    return f"key of {arguments['day']}"


by_function = CacheKeyFnPolicy(cache_key_fn=key_of)

SUMS = {
    "FINGERPRINT": lake,
    "FINGERPRINT + INPUTS": lake + INPUTS,
    "FINGERPRINT + TASK_SOURCE": lake + TASK_SOURCE,
    "INPUTS + FINGERPRINT": INPUTS + lake,
    "TASK_SOURCE + FINGERPRINT": TASK_SOURCE + lake,
    "(INPUTS + TASK_SOURCE) + FINGERPRINT": (INPUTS + TASK_SOURCE) + lake,
    "FINGERPRINT + (INPUTS + TASK_SOURCE)": lake + (INPUTS + TASK_SOURCE),
    "FINGERPRINT + function": lake + by_function,
    "function + FINGERPRINT": by_function + lake,
    "FINGERPRINT + NO_CACHE": lake + NO_CACHE,
    "NO_CACHE + FINGERPRINT": NO_CACHE + lake,
    "FINGERPRINT + RUN_ID": lake + RUN_ID,
    "RUN_ID + FINGERPRINT": RUN_ID + lake,
    "(RUN_ID + TASK_SOURCE) + FINGERPRINT": (RUN_ID + TASK_SOURCE) + lake,
}

LESS = {
    "(FINGERPRINT - logger) + INPUTS": (lake - "logger") + (INPUTS - "logger"),
    "(FINGERPRINT + INPUTS) - logger": (lake + INPUTS) - "logger",
    "(INPUTS + FINGERPRINT) - logger": (INPUTS + lake) - "logger",
    "(FINGERPRINT + TASK_SOURCE) - logger": (lake + TASK_SOURCE) - "logger",
}

FULL = {
    "FINGERPRINT + INPUTS": lake + INPUTS,
    "(FINGERPRINT - logger) + INPUTS": (lake - "logger") + INPUTS,
}


def day(day, logger=None):
    mark("day", day)
    return ["of day", day]


def day_of(policy):
    return task(day, cache_policy=policy)


@flow
def each(named, number, logger=None):
    """A run of each of the sums."""
    sums = globals()[named]
    return [seen(day_of(sums[name])(number, logger, return_state=True)) for name in sums]


@flow
def one(name, number, logger=None):
    return [seen(day_of(SUMS[name])(number, logger, return_state=True))]


@flow
def one_twice(name, number):
    made = day_of(SUMS[name])
    return [seen(made(number, return_state=True)) for _ in range(2)]


@flow
def two_of_ours(number):
    """Prefect itself makes the sum of a sum."""
    policy = (RUN_ID + lake) + FingerprintPolicy("lake")
    return [seen(day_of(policy)(one, return_state=True)) for one in (number, number + 1)]


@task(cache_policy=INPUTS + lake)
def connected(config, part):
    mark("connected", part)
    return part


@task(cache_policy=INPUTS + FingerprintPolicy("pond", single_flight=True))
def without_a_cache(config, part):
    mark("connected", part)
    return part


@flow
def uncached(name, part):
    """A call that Prefect's policy has a key for, and ours has none."""
    value = iter([]) if name == "connected" else 1
    return [seen(globals()[name](value, part, return_state=True))]


@flow
def carried(number):
    """Copies of a sum, however they are made."""
    sum_of_two = lake + INPUTS
    made = day_of(sum_of_two)
    copies = [
        made.with_options(name="other"),
        day_of(copy.deepcopy(sum_of_two)),
        day_of(sum_of_two.configure()),
        day_of(cloudpickle.loads(cloudpickle.dumps(sum_of_two))),
        cloudpickle.loads(cloudpickle.dumps(made)),
    ]
    return [seen(one(number, return_state=True)) for one in [made, *copies]]


@flow
def bare():
    return [seen(task(day, cache_policy=FINGERPRINT)(1, return_state=True))]


def first_of(columns):
    mark("first_of")
    return next(iter(columns))


@flow
def ordered(names, declared):
    terms = {"ordered": {"columns"}} if declared else {}
    made = task(first_of, cache_policy=FingerprintPolicy("lake", **terms))
    return [seen(made(dict.fromkeys(names), return_state=True))]


def slug(text):
    mark("slug")
    return slugify(text)


@flow
def with_terms(function, arguments, terms):
    made = task(globals()[function], cache_policy=FingerprintPolicy("lake", **terms))
    return [seen(made(*arguments, return_state=True))]


def frame():
    import pandas

    mark("frame")
    return pandas.DataFrame({"day": [1]})


def reader(folder):
    mark("reader")
    return Path(folder, "a.csv").read_text()


@flow
def reading(folder, declared):
    terms = {"reads": [File("{folder}/a.csv")]} if declared else {}
    made = task(reader, cache_policy=FingerprintPolicy("lake", **terms))
    return [seen(made(folder, return_state=True))]
