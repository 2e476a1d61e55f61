"""Tasks that hand on Refs: chains of them, and everything that may meet a Ref on its way."""

import asyncio
import threading
from pathlib import Path

import cloudpickle
import numpy as np
from marking import count, mark, seen
from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.states import Completed, Failed
from prefect.task_runners import ProcessPoolTaskRunner
from prefect.transactions import transaction

from orchestra_cache import Cache
from orchestra_cache.prefect import FingerprintPolicy, cached_task

SIZE = 50_000

cached = cached_task(cache="lake")


@cached
def made(number, part="a"):
    mark("made", number)
    return list(range(number, number + SIZE))


@cached
def doubled(numbers):
    mark("doubled", numbers[0])
    return np.array(numbers) * 2


@cached_task(cache="lake", final=True)
def total(numbers):
    mark("total", int(numbers[0]))
    return int(numbers.sum())


@task(cache_policy=FingerprintPolicy("lake"))
def summed(numbers):
    mark("summed")
    return sum(numbers)


@task(cache_policy=FingerprintPolicy("lake"))
def first_of_all(nested):
    mark("nested")
    (numbers,), pairs = nested["lists"], nested["pairs"]
    return numbers[0], pairs[0][1][0]


@task(cache_policy=INPUTS)
def given(stand_in):
    mark("given")
    return stand_in.load()[0]


@task
def plain(stand_in):
    return type(stand_in).__name__, stand_in.load()[0]


@task
def plain_that_takes_it_for_the_value(stand_in):
    return len(stand_in)


@task(cache_policy=FingerprintPolicy("lake"))
def gathered(lists):
    mark("gathered")
    return [numbers[0] for numbers in lists]


@cached
async def fetched(number):
    mark("made", number)
    return list(range(number, number + SIZE))


class Shop:
    @cached
    def listed(self, number):
        mark("made", number)
        return list(range(number, number + SIZE))

    @cached
    @staticmethod
    def counted(number):
        mark("made", number)
        return list(range(number, number + SIZE))

    @cached
    @classmethod
    def named(cls, number):
        mark("made", number)
        return list(range(number, number + SIZE))


@cached
def small(value):
    mark("small")
    return value


@cached
def locked():
    mark("locked")
    return threading.Lock()


@cached
def returning_that_it_failed():
    mark("ran")
    return Failed(message="no orders")


@cached
def returning_that_it_is_done():
    mark("ran")
    return Completed(data="done")


@cached
def returning_states():
    mark("ran")
    return [Completed(data="done"), Failed(message="no orders")]


@cached
def calling_the_function_of_another(number):
    mark("outer")
    return [len(made.fn(number)), "outer"]


@cached
def factorial(number):
    mark("factorial", number)
    return number * factorial.fn(number - 1) if number else 1


@task(cache_policy=FingerprintPolicy("lake"))
def plain_calling_the_function_of_another(number):
    mark("outer")
    return [len(made.fn(number)), "outer"]


@cached_task(cache="lake", retries=1)
def failing_once(numbers):
    mark("failing_once", len(numbers))
    if count("failing_once") == 1:
        raise ValueError("not yet")
    return "done"


@cached_task(cache="lake", ordered={"columns"})
def in_order(columns):
    mark("in_order")
    return list(columns)


@cached
def columns(names):
    return dict.fromkeys(names, 0)


def state_of(state):
    """Name of a task run's state, and the kind of what it hands on."""
    value = state.result(raise_on_failure=False)
    return state.name, type(value).__name__


@flow
def chain(number, part="a"):
    first = made(number, part, return_state=True)
    second = doubled(first, return_state=True)
    return [state_of(first), state_of(second), seen(total(second, return_state=True))]


@flow
def chain_of_futures(number):
    first = made.submit(number)
    second = doubled.submit(first)
    third = total.submit(second, wait_for=[first, second])
    third.wait()
    return [state_of(first.state), state_of(second.state), seen(third.state)]


@flow
def mapped(number):
    firsts = made.map([number, number + 1])
    seconds = doubled.map(firsts)
    return [seen(future.state) for future in wait(total.map(seconds))]


@flow
def reduced(number):
    futures = made.map([number, number + 1])
    waited = gathered.submit(futures)
    waited.wait()
    return [seen(waited.state), seen(gathered(made.map([number]), return_state=True))]


def wait(futures):
    futures.wait()
    return futures


@flow
def called(name, *arguments):
    """What a task hands on, loaded."""
    state = globals()[name](*arguments, return_state=True)
    return [(state.name, first(state.result()))]


@flow
def result_of(name, *arguments):
    state = globals()[name](*arguments, return_state=True)
    value = state.result()
    return [(state.name, value if name.startswith("plain") else value.load())]


@flow
def awaited(number):
    async def inside():
        state = await fetched(number, return_state=True)
        return state, await state.aresult() if hasattr(state, "aresult") else await state.result()

    state, value = asyncio.run(inside())
    return [(state.name, first(value))]


@flow
def of_a_shop(name, number):
    owner = Shop() if name == "listed" else Shop
    state = getattr(owner, name)(number, return_state=True)
    return [(state.name, first(state.result()))]


@flow
def renamed(number):
    state = made.with_options(name="other", task_run_name="of {number}")(number, return_state=True)
    return [(state.name, first(state.result()))]


@flow
def pickled(number):
    copied = cloudpickle.loads(cloudpickle.dumps(made))
    state = copied(number, return_state=True)
    return [(state.name, first(state.result()))]


def first(stand_in):
    value = stand_in.load()
    return value[0] if isinstance(value, list) else value


@flow
def read_by(name, number):
    """Another task is given the Ref."""
    return [seen(globals()[name](made(number), return_state=True))]


@flow
def read_by_value(name, number):
    return [seen(globals()[name](list(range(number, number + SIZE)), return_state=True))]


@flow
def read_inside_others(number, load):
    stand_in = made(number)
    held = stand_in.load() if load else stand_in
    nested = {"lists": [held], "pairs": ((1, held),)}
    return [seen(first_of_all(nested, return_state=True))]


@flow
def small_ones(values):
    states = [small(value, return_state=True) for value in values]
    return [(state.name, state.result().load()) for state in states]


@flow
def unkeepable():
    state = locked(return_state=True)
    return [(state.name, type(state.result().load()).__name__)]


@flow
def state_returned(name):
    state = globals()[name](return_state=True)
    return [(state.name, state.message if state.is_failed() else state.result())]


@flow
def states_returned():
    return [(returning_states(return_state=True).type.name, None)]


@flow(persist_result=True)
def persisted(number):
    stand_in = made(number)
    return {"one": stand_in, "list": [stand_in]}


@flow(log_prints=True)
def around_it(number):
    """Ways in which the engine handles what goes through it."""
    stand_in = made(number)
    print("made", stand_in)
    named = summed.with_options(task_run_name="sum of {numbers}")
    state = named(stand_in, return_state=True)
    inner = chain_of_a_subflow(stand_in, {"nested": [stand_in]})
    waiting = plain.submit(stand_in, wait_for=[stand_in])
    waiting.wait()
    return [seen(state), ("Completed", inner), seen(waiting.state)]


@flow
def chain_of_a_subflow(stand_in, nested):
    return [stand_in.load()[0], nested["nested"][0].load()[0]]


@flow
def vanished(number, folder, disturb):
    """What was a hit is gone before it is read."""
    first_state = made(number, return_state=True)
    blobs = list(Path(folder).glob("*/blobs-v1/*/*"))
    for blob in blobs:
        if disturb == "unlink":
            blob.unlink()
        else:
            blob.write_bytes(bytes(blob.stat().st_size))
    state = summed(first_state, return_state=True)
    return [(first_state.name, type(first_state.result()).__name__), seen(state)]


@flow
def vanished_async(number, folder):
    async def inside():
        state = await fetched(number, return_state=True)
        return state, await state.aresult() if hasattr(state, "aresult") else await state.result()

    state, stand_in = asyncio.run(inside())
    for blob in Path(folder).glob("*/blobs-v1/*/*"):
        blob.unlink()
    return [(state.name, stand_in.load()[0])]


@flow
def vanished_elsewhere(number, folder):
    """As where another process reads it."""
    stand_in = cloudpickle.loads(cloudpickle.dumps(made(number)))
    for blob in Path(folder).glob("*/blobs-v1/*/*"):
        blob.unlink()
    return [seen(plain(stand_in, return_state=True))]


@flow
def refreshed(number):
    again = summed.with_options(refresh_cache=True)
    chained = doubled.with_options(refresh_cache=True)
    stand_in = made(number)
    return [
        seen(again(stand_in, return_state=True)),
        state_of(chained(stand_in, return_state=True)),
    ]


@flow
def not_persisted(number):
    off = {"persist_result": False}
    stand_in = made.with_options(**off)(number)
    second = doubled.with_options(**off)(stand_in)
    return [seen(total.with_options(**off)(second, return_state=True))]


@flow
def rolled_back(number):
    try:
        with transaction():
            made(number)
            raise ValueError("not this time")
    except ValueError:
        return []


@flow
def retried(number):
    state = failing_once(made(number), return_state=True)
    return [(state.name, state.result().load())]


@flow
def ordered(names):
    state = in_order(columns(names), return_state=True)
    return [(state.name, state.result().load())]


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def in_other_processes(number, place, options):
    """A chain by a cache of its own: a place, or a cache with keys."""
    cache = Cache(place, **options) if options else place
    terms = {"cache": cache}
    start = cached_task(made.fn.__wrapped__, **terms).submit(number)
    # As a value: the process pool of the oldest Prefect takes no futures.
    middle = cached_task(doubled.fn.__wrapped__, **terms).submit(start.result())
    middle.wait()
    handed = middle.state.result()
    sent = cloudpickle.dumps(handed)
    return [(start.state.name, handed.load().sum()), (middle.state.name, sent)]
