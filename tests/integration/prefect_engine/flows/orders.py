"""One cached task, run in every way that Prefect has."""

import copy
import json
import sys

import cloudpickle
from marking import mark, seen
from prefect import flow, task
from prefect.cache_policies import RUN_ID
from prefect.task_runners import ProcessPoolTaskRunner

from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake"))
def total(day):
    mark("total", day)
    return {"day": day, "orders": [day, 2 * day]}


@task(cache_policy=FingerprintPolicy("lake"))
async def fetched(day):
    mark("total", day)
    return {"day": day, "orders": [day, 2 * day]}


@task
def outer(day):
    return [seen(total(day, return_state=True))]


@flow
def called(day):
    return [seen(total(day, return_state=True))]


@flow
async def awaited(day):
    state = await fetched(day, return_state=True)
    return [(state.name, await state.result())]


@flow
def submitted(day):
    future = total.submit(day)
    future.wait()
    return [seen(future.state)]


@flow
def mapped(day):
    futures = total.map([day, day + 1, day + 2])
    futures.wait()
    return [seen(future.state) for future in futures]


@flow
def in_a_subflow(day):
    return called(day)


@flow
def in_a_task(day):
    return outer(day)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def in_a_process_pool(*days):
    futures = [total.submit(day) for day in days]
    for future in futures:
        future.wait()
    return [seen(future.state) for future in futures]


@flow
def renamed(day):
    return [seen(total.with_options(name="sum")(day, return_state=True))]


@flow
def deeply_copied(day):
    policy = copy.deepcopy(total.cache_policy)
    return [seen(total.with_options(cache_policy=policy)(day, return_state=True))]


@flow
def with_pickled_policy(day, pickled):
    policy = cloudpickle.loads(pickled)
    return [seen(total.with_options(cache_policy=policy)(day, return_state=True))]


@flow
def pickled_whole(day):
    copied = cloudpickle.loads(cloudpickle.dumps(total))
    return [seen(copied(day, return_state=True))]


@flow
def called_with_the_flow_run_as_well(day):
    both = total.with_options(cache_policy=total.cache_policy + RUN_ID)
    return [seen(both(day, return_state=True)) for _ in range(2)]


def alone(day):
    return [seen(total(day, return_state=True))]


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](int(sys.argv[2]))))
