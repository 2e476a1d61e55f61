"""Tasks that are put off, served by a process, and read by who put them off."""

import asyncio
import inspect
import time
from contextlib import suppress

from marking import mark, seen
from prefect import Task, flow, get_client, task
from prefect.cache_policies import RUN_ID
from prefect.exceptions import MissingResult, ObjectNotFound
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


def final(run):
    """The state that the server has of a task run, as soon as it is over."""
    deadline = time.monotonic() + 30
    with get_client(sync_client=True) as client:
        while (state := known(client, run)) is None or not state.is_final():
            assert time.monotonic() < deadline, "it did not end"
            time.sleep(0.05)
    return state


def known(client, run):
    with suppress(ObjectNotFound):
        return client.read_task_run(run).state
    return None


def read(future):
    # A future may miss the end of a run that is over at once.
    return seen(final(future.task_run_id))


@flow
def put_off(name, *arguments):
    return [read(globals()[name].delay(*arguments)) for _ in range(2)]


@flow
def made_by_the_engine(name, number):
    """Name of the states that the server has of a miss and a hit, and what there is to read."""
    told = []
    for _ in range(2):
        ran = globals()[name](number, return_state=True)
        ran = asyncio.run(ran) if inspect.isawaitable(ran) else ran
        state = final(ran.state_details.task_run_id)
        try:
            told.append((state.name, state.result()))
        except MissingResult as error:
            told.append((state.name, str(error)))
    return told


def serve_all():
    serve(*(held for held in globals().values() if isinstance(held, Task)))
