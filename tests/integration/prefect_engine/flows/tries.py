"""Tasks whose tries are not alike."""

from datetime import timedelta

from marking import count, mark, seen
from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake", ttl=timedelta(days=7)), retries=1)
def completed(orders):
    mark("ran", list(orders))
    orders.append(1)
    if count("ran") == 1:
        raise ValueError("no orders yet")
    return orders


@flow
def called(orders):
    return [seen(completed(orders, return_state=True))]
