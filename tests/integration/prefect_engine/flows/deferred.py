"""Tasks that are put off, served by a process, and read by who put them off."""

from marking import mark
from prefect import Task, flow, task
from prefect.cache_policies import RUN_ID
from prefect.runtime import task_run
from prefect.states import Completed
from prefect.task_worker import serve

from orchestra_cache.prefect import FingerprintPolicy, cached_task

LAKE = FingerprintPolicy("lake")


@task(cache_policy=LAKE)
def doubled(number):
    mark("doubled", number)
    return 2 * number


@task(cache_policy=LAKE)
async def doubled_async(number):
    mark("doubled_async", number)
    return 2 * number


@cached_task(cache="lake")
def handed(number):
    mark("handed", number)
    return list(range(number))


@cached_task(cache="lake")
def handed_inside(number):
    mark("handed_inside", number)
    return {"lists": [handed(number)]}


@task(cache_policy=FingerprintPolicy("lake", mode="off"))
def uncached(number):
    mark("uncached", number)
    return 2 * number


@task(cache_policy=LAKE)
def asking(number):
    """Not cached, and the policy says so when it is asked."""
    mark("asking", number)
    return 2 * number, bool(task_run.id)


@task(cache_policy=LAKE + RUN_ID)
def summed(number):
    mark("summed", number)
    return 2 * number


@task(cache_policy=FingerprintPolicy("lake", single_flight=True))
def flying(number):
    mark("flying", number)
    return 2 * number


@cached_task(cache="lake")
def returning_a_state(number):
    mark("returning_a_state", number)
    return Completed(data=2 * number)


@task(cache_policy=LAKE)
def unpicklable(number):
    mark("unpicklable", number)
    return (part for part in range(number))


def read(future):
    """Name of the state that another process comes to, and its value or exception."""
    future.wait()
    return future.state.name, future.result(raise_on_failure=False)


@flow
def put_off(name, *arguments):
    return [read(globals()[name].delay(*arguments)) for _ in range(2)]


@flow
def put_off_after_it_ran(name, *arguments):
    ran = globals()[name]
    ran(*arguments)
    return [read(ran.delay(*arguments))]


def serve_all():
    serve(*(held for held in globals().values() if isinstance(held, Task)))
