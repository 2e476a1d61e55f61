"""Tasks around which something changes between the key and the result, or after it."""

import functools
import os
import shutil
from datetime import timedelta
from pathlib import Path

from marking import mark, seen
from prefect import flow, task
from prefect.runtime import task_run
from prefect.transactions import transaction
from prefect.variables import Variable

from orchestra_cache.datasets import File
from orchestra_cache.errors import StoreError
from orchestra_cache.prefect import FingerprintPolicy, cached_task

lake = FingerprintPolicy("lake")
LAKE = Path(os.environ["ORCHESTRA_CACHE_CACHES__LAKE__URL"])
PLACE = Path(os.environ["MARKS"]).parent
DATA, OWN = PLACE / "data.txt", PLACE / "own"


@cached_task(cache="lake")
def total(numbers):
    mark("total")
    return [sum(numbers)] * 100_000


@flow
def lost_after_its_argument_changed():
    numbers = [1, 2, 3]
    total(numbers)
    found = total(numbers)
    numbers.append(100)
    shutil.rmtree(LAKE / "main" / "blobs-v1")
    try:
        loaded = found.load()[0]
    except StoreError:
        loaded = "gone"
    again = total([1, 2, 3], return_state=True)
    return [("loaded", loaded), (again.name, again.result().load()[0])]


@cached_task(cache="lake")
def one(day):
    return 1


def plus_one(function):
    @functools.wraps(function)
    def around(day):
        return function(day) + 1

    return around


@flow
def wrapped():
    one(1)
    more = task(plus_one(one.fn), cache_policy=lake)
    return [seen(more(1, return_state=True))]


class Uncopied:
    """Can be pickled, and not copied."""

    def __init__(self, value=1):
        self.value = value

    def __deepcopy__(self, memo):
        raise RuntimeError("not this one")


@task(cache_policy=lake)
def uncopied():
    mark("uncopied")
    return Uncopied()


@task
def changing():
    made = uncopied()
    made.value = 2


@flow
def changed_by_its_parent():
    changing()
    state = uncopied(return_state=True)
    return [(state.name, state.result().value)]


def read():
    mark("read")
    if (PLACE / "next.txt").exists():
        (PLACE / "next.txt").rename(DATA)
    return DATA.read_text()


def elsewhere(**terms):
    made = task(read, cache_policy=FingerprintPolicy("lake", **terms))
    made.result_storage = OWN
    return made


@flow
def moved_elsewhere():
    kept = elsewhere(reads=[File(str(DATA))])
    DATA.write_text("first")
    kept()
    (PLACE / "next.txt").write_text("second")
    kept.refresh_cache = True
    kept()
    kept.refresh_cache = None
    DATA.write_text("first")
    return [seen(kept(return_state=True))]


@flow
def only_reading_elsewhere():
    DATA.write_text("first")
    elsewhere(mode="readonly")()
    return [("files", len(list(OWN.glob("*"))) if OWN.exists() else 0)]


@task(cache_policy=FingerprintPolicy("lake", context={"variable:rate"}))
def by_rate():
    mark("by_rate")
    if (PLACE / "faster").exists():
        Variable.set("rate", 5, overwrite=True, _sync=True)
        (PLACE / "faster").unlink()
    return 10 * Variable.get("rate", _sync=True)


@task
def parent():
    return by_rate()


@flow
def another_rate(inside):
    Variable.set("rate", 1, overwrite=True)
    (PLACE / "faster").touch()
    first = parent() if inside else by_rate()
    Variable.set("rate", 1, overwrite=True)
    return [("first", first), seen(by_rate(return_state=True))]


def days(day):
    mark("days", day)
    return [day] * 10


@flow
def rolled_back(terms):
    cached_task(days, cache="lake")(1)
    refreshed = terms.pop("refresh_cache", None)
    other = cached_task(days, cache="lake", refresh_cache=refreshed, **terms)
    try:
        with transaction():
            other(1)
            raise ValueError("roll back")
    except ValueError:
        pass
    state = cached_task(days, cache="lake")(1, return_state=True)
    return [(state.name, state.result().load()[0])]


@flow
def rolled_back_with_an_expired_one():
    return rolled_back.fn({"mode": "readonly", "ttl": timedelta(microseconds=1)})


@flow
def rolled_back_with_a_refresh():
    return rolled_back.fn({"refresh_cache": True})


@task(cache_policy=FingerprintPolicy("lake", context={"task_run.task_name"}))
def named():
    mark("named")
    return task_run.task_name


@task
def naming():
    return named()


@flow
def kept_by_its_parent():
    naming()
    return [seen(named(return_state=True))]
