"""Tasks that cannot be cached as they are declared, which nobody can tell before they run."""

import threading
from datetime import timedelta
from functools import partial

from marking import mark, seen
from prefect import flow, task
from prefect.cache_policies import INPUTS

from orchestra_cache.datasets import File
from orchestra_cache.events import subscribe
from orchestra_cache.prefect import FingerprintPolicy, LeaseLockManager
from orchestra_cache.prefect.tasks import cached_task

lake = FingerprintPolicy("lake")


@task(cache_policy=lake, cache_expiration=timedelta(0))
def expired_at_once(day):
    mark("ran")
    return day


@task(cache_policy=(INPUTS + lake) + FingerprintPolicy("lake"))
def two_of_ours(day):
    mark("ran")
    return day


@task(cache_policy=(INPUTS + lake) + lake)
def one_of_ours_twice(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", packages={"nmpy"}))
def misspelt_package(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", reads=[File("/no/such/folder/{day}.csv")]))
def missing_dataset(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("pond"))
def unknown_cache(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", ignore={"loger"}))
def unknown_parameter(day):
    mark("ran")
    return day


@task(cache_policy=lake)
def connected(config):
    mark("ran")
    return "connected"


@task(cache_policy=INPUTS)
def stored(day):
    mark("ran")
    return day


@flow
def called(name):
    return [seen(globals()[name](3, return_state=True))]


@flow
def called_with_a_lock():
    config = {"pool": [1, {"lock": threading.Lock()}]}
    return [seen(connected(config, return_state=True))]


@flow
def called_with_storage(block):
    return [seen(stored.with_options(result_storage=block)(3, return_state=True))]


@flow
def names_told():
    """What events call one task that is a miss, a hit, uncached, and waits for a lock."""

    def outer():
        def total(day):
            return day

        return total

    locked = INPUTS.configure(
        isolation_level="SERIALIZABLE", lock_manager=LeaseLockManager("no such cache")
    )
    policies = [lake, lake, FingerprintPolicy("pond"), locked]
    told = []
    unsubscribe = subscribe(lambda event: told.append((type(event).__name__, event.task)))
    function = outer()
    for policy in policies:
        task(cache_policy=policy, name="told")(function)(3)
    unsubscribe()
    return told


def total(rate, day):
    mark("ran")
    return rate * day


class Shop:
    """Sells."""

    def __call__(self, day):
        return day


@flow
def partials():
    bound = cached_task(partial(total, 2), cache="lake")
    shop = cached_task(Shop(), cache="lake")
    named = [(one.name, one.fn.__qualname__, one.fn.__doc__) for one in (bound, shop)]
    return named, bound(3).load(), shop(4).load()
