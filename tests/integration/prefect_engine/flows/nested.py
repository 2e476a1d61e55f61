"""Cached tasks that call other tasks and flows, and tasks in transactions."""

import os
import threading
from pathlib import Path

from marking import mark, seen
from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.transactions import transaction

from orchestra_cache.prefect import FingerprintPolicy

cached = task(cache_policy=FingerprintPolicy("lake"))


@task(cache_policy=INPUTS)
def inner(number):
    mark("inner", number)
    return f"inner {number}"


@task(cache_policy=INPUTS)
def inner_elsewhere(number):
    mark("inner", number)
    return f"inner {number}"


# As an argument of `task`, Prefect takes no path before 3.6.
inner_elsewhere.result_storage = Path(os.environ["MARKS"]).with_name("results")


@flow(persist_result=True)
def inner_flow(number):
    return f"inner {number}"


@cached
def listed(number):
    mark("listed", number)
    return ["made"]


@cached
def calls_a_task(number, part):
    mark("outer", part, number)
    return f"outer of {inner(number)}"


@cached
def calls_a_task_with_its_own_storage(number, part):
    mark("outer", part, number)
    return f"outer of {inner_elsewhere(number)}"


@task(cache_policy=INPUTS)
async def inner_coroutine(number):
    mark("inner", number)
    return f"inner {number}"


@cached
async def awaits_a_task(number, part):
    mark("outer", part, number)
    return f"outer of {await inner_coroutine(number)}"


@cached
def calls_a_flow(number, part):
    mark("outer", part, number)
    return f"outer of {inner_flow(number)}"


@cached
def keeps_something_of_its_own(number, part):
    mark("outer", part, number)
    with transaction(key="own") as own:
        own.stage("inner")
    return f"outer of inner {number}"


@task
def changes_what_it_was_given():
    state = listed(1, return_state=True)
    state.result().append("changed")
    listed(2).append("changed")


@cached
def locked():
    return threading.Lock()


@task
def uses_a_lock():
    with locked():
        return "used"


@cached
def fails():
    raise ValueError("no orders")


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
async def awaited(name, *arguments):
    state = await globals()[name](*arguments, return_state=True)
    return [(state.name, await state.result())]


@flow
def rolled_back():
    try:
        with transaction():
            listed(1)
            fails()
    except ValueError:
        return []
