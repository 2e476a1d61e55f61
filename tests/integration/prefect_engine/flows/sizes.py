"""One frame as the result of a task with our policy, and of one with Prefect's own."""

import numpy
import pandas
from marking import seen
from prefect import flow, task
from prefect.cache_policies import INPUTS, TASK_SOURCE

from orchestra_cache.prefect import FingerprintPolicy

COLUMNS = 10


def measured(rows):
    numbers = numpy.random.default_rng(1).random(rows)
    return pandas.DataFrame({f"c{at}": numbers + at for at in range(COLUMNS)})


ours = task(measured, cache_policy=FingerprintPolicy("lake"))
theirs = task(measured, cache_policy=INPUTS + TASK_SOURCE)


@flow
def called(size):
    """Names of the states: each task once computes and once hits."""
    rows = size // COLUMNS // 8
    states = [one(rows, return_state=True) for one in (ours, theirs) for _ in range(2)]
    return [(name, value.memory_usage(index=False).sum()) for name, value in map(seen, states)]
