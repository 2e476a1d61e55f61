"""Tasks whose results depend on their run, and say so or do not."""

from marking import mark, seen
from prefect import flow, runtime, tags, task
from prefect.blocks.system import Secret
from prefect.variables import Variable

from orchestra_cache.prefect import FingerprintPolicy


def policy(*names):
    return FingerprintPolicy("lake", context=names)


@task(cache_policy=FingerprintPolicy("lake"))
def not_said(day):
    mark("ran")
    return [day, runtime.flow_run.name, Variable.get("rate")]


@task(cache_policy=policy())
def said_to_be_nothing():
    mark("ran")
    return runtime.flow_run.name


@task(cache_policy=policy("flow_run.name"))
def by_flow_run():
    mark("ran")
    return runtime.flow_run.name


@task(cache_policy=policy("task_run.tags", "task_run.task_name", "deployment.id"))
def by_task_run():
    mark("ran")
    return sorted(runtime.task_run.tags)


@task(cache_policy=policy("variable:rate"))
def by_variable():
    mark("ran")
    return Variable.get("rate")


@task(cache_policy=policy("variable:api_token"))
def by_token():
    return Variable.get("api_token") is not None


@task(cache_policy=policy("variable:rate"))
async def by_awaited_variable():
    mark("ran")
    return await Variable.aget("rate")


@task(cache_policy=policy("block:secret/api", "flow_run.flow_name"))
def by_secret():
    mark("ran")
    return len(Secret.load("api").get())


@task(cache_policy=policy("variable:none_such"))
def by_a_missing_variable():
    mark("ran")


@task(cache_policy=policy("block:secret/none-such"))
def by_a_missing_block():
    mark("ran")


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@flow
def named(name):
    return called.with_options(flow_run_name=name)("by_flow_run")


@flow
def tagged(*words):
    with tags(*words):
        return [seen(by_task_run(return_state=True))]


@flow
def with_rates(name, *rates):
    """Call a task once for each value of a variable."""
    pairs = []
    for rate in rates:
        Variable.set("rate", rate, overwrite=True)
        pairs.append(seen(globals()[name](return_state=True)))
    return pairs


@flow
def with_tokens(*tokens):
    pairs = []
    for token in tokens:
        Variable.set("api_token", token, overwrite=True)
        pairs.append(seen(by_token(return_state=True)))
    return pairs


@flow
def with_secrets(*secrets):
    pairs = []
    for secret in secrets:
        Secret(value=secret).save("api", overwrite=True)
        pairs.append(seen(by_secret(return_state=True)))
    return pairs


@flow
async def awaited_with_rates(*rates):
    pairs = []
    for rate in rates:
        await Variable.aset("rate", rate, overwrite=True)
        state = await by_awaited_variable(return_state=True)
        pairs.append((state.name, await state.result()))
    return pairs
