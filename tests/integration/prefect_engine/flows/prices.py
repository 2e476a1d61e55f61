"""A task with a helper in another module, which a test edits."""

from marking import mark, seen
from prefect import flow, task
from rates import rate

from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake"))
def price(net):
    mark("price")
    return net * rate()


@flow
def called():
    return [seen(price(100, return_state=True))]
