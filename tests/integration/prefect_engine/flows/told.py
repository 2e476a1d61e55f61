"""Tasks of which something is told: in the log, as events, and in the report of a flow run."""

import pandas
from marking import seen
from prefect import flow, task
from prefect.assets import materialize
from prefect.context import TaskRunContext
from prefect.task_runners import ProcessPoolTaskRunner

from orchestra_cache.events import Uncached, emit
from orchestra_cache.prefect import FingerprintPolicy, _compat, report, telling
from orchestra_cache.prefect.report import cache_report

HOOKS = {"on_completion": [cache_report], "on_failure": [cache_report]}


@task(cache_policy=FingerprintPolicy("lake"), tags=["nightly"])
def total(day):
    return {"day": day}


@task(cache_policy=FingerprintPolicy("lake"))
async def fetched(day):
    return {"day": day}


@task(cache_policy=FingerprintPolicy("lake"))
def login(day, password):
    return day


@task(cache_policy=FingerprintPolicy("lake"))
def wide(a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v, w, x, y):
    return a + x


@task(cache_policy=FingerprintPolicy("lake"))
def counted(numbers):
    return sum(numbers)


@task(cache_policy=FingerprintPolicy("lake"))
def fragile(day):
    if day > 3:
        raise ValueError("no such day")
    return day


@task
def plain(day):
    return day


@materialize("file:///lake/orders.csv", cache_policy=FingerprintPolicy("lake"))
def orders(day):
    return pandas.DataFrame({"day": [day]})


@flow
def called(day):
    return [seen(total(day, return_state=True))]


@flow
async def awaited(day):
    state = await fetched(day, return_state=True)
    return [(state.name, await state.result())]


@flow
def with_password(day, password):
    return [seen(login(day, password, return_state=True))]


@flow
def with_columns(number):
    return [seen(wide(*range(number, number + 24), return_state=True))]


@flow
def with_iterator():
    return [seen(counted(iter([1, 2]), return_state=True))]


@task
def talkative():
    with telling.telling(TaskRunContext.get()):
        emit(Uncached("talkative", "", f"\0\ud800{'x' * 10_000}"))


@flow
def with_odd_words():
    talkative()


@flow
def while_events_fail(day):
    def broken(*_, **__):
        raise OSError("no events today")

    telling.emit_event = broken
    return [seen(total(day, return_state=True))]


@flow
def materialized(day):
    state = orders(day, return_state=True)
    return [(state.name, len(state.result()))]


@flow(**HOOKS)
def reported(days):
    futures = total.map(days)
    futures.wait()
    plain(1)
    return [seen(future.state) for future in futures]


@flow(**HOOKS)
def reported_with_iterator():
    return [seen(counted(iter([1, 2]), return_state=True))]


@flow(**HOOKS)
async def reported_by_a_coroutine(day):
    state = await fetched(day, return_state=True)
    return [(state.name, await state.result())]


@flow(**HOOKS)
def failing(day):
    total(day)
    fragile(day)


@flow
def around_a_failing_one(day):
    return failing(day, return_state=True).state_details.flow_run_id


@flow(**HOOKS)
def with_nothing_of_ours():
    return [seen(plain(1, return_state=True))]


@flow(**HOOKS)
def outer(day):
    total(day)
    return reported([day, day + 1], return_state=True).state_details.flow_run_id


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1), **HOOKS)
def in_processes(days):
    futures = total.map(days)
    futures.wait()
    return [seen(total(0, return_state=True)), *(seen(future.state) for future in futures)]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1), **HOOKS)
def without_patience(day):
    report._PATIENCE_SECONDS = 0.1
    return [seen(total(day, return_state=True))]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1), **HOOKS)
def while_events_cannot_be_read(day):
    def broken(*_, **__):
        raise OSError("no events today")

    _compat.read_events = broken
    return [seen(total(day, return_state=True))]


@flow(**HOOKS)
def with_little_room(days):
    report.LEDGER._limits = (3, 1)
    return [seen(total(day, return_state=True)) for day in days]


@flow(**HOOKS)
def while_reports_fail(day):
    def broken(*_, **__):
        raise OSError("no page today")

    report.page = broken
    return [seen(total(day, return_state=True))]


def alone(day):
    state = total(day, return_state=True)
    return state.state_details.task_run_id, state.name
