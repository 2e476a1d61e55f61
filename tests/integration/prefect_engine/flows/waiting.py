"""A task that runs for as long as a test needs."""

import os
import time
from pathlib import Path

from marking import mark, seen
from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake"))
def waiting():
    mark("waiting")
    while not Path(os.environ["MARKS"]).with_name("gone on").exists():
        time.sleep(0.02)
    return "made"


@flow
def called():
    return [seen(waiting(return_state=True))]
