"""Refs inside of what tasks are given."""

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import Any

from marking import mark, seen
from prefect import flow, task
from pydantic import BaseModel, PrivateAttr

from orchestra_cache.prefect import FingerprintPolicy, cached_task

LAKE = FingerprintPolicy("lake")


@cached_task(cache="lake")
def made(number):
    return "made", number


@cached_task(cache="lake")
def listed(number):
    return [number]


@dataclass(frozen=True, slots=True)
class Order:
    held: Any
    day: str = "monday"


@dataclass
class Counted:
    held: Any
    count: int = field(default=1, init=False)


Pair = namedtuple("Pair", "held day", defaults=["monday"])


class Model(BaseModel, frozen=True):
    held: Any
    _told: str = PrivateAttr(default="")

    def with_told(self):
        self._told = "told"
        return self


class Open(BaseModel, extra="allow"):
    day: str = "monday"


class Named(list):
    name = ""


def named(part):
    parts = Named([part])
    parts.name = "orders"
    return parts


def counting(part):
    counted = Counted(part)
    counted.count = 2
    return counted


KINDS = {
    "dataclass": Order,
    "dataclass made by itself": counting,
    "namedtuple": Pair,
    "model": lambda part: Model(held=part).with_told(),
    "extra of a model": lambda part: Open(held=part),
    "set": lambda part: {part, "other"},
    "frozenset": lambda part: frozenset([part]),
    "key": lambda part: {part: 1},
    "ordered": lambda part: OrderedDict(first=part),
    "with a default": lambda part: defaultdict(list, first=part),
    "list of its own": named,
    "all of them": lambda part: [Model(held=Order(Pair({"a": (part,)})))],
}
TOLD = {"model": lambda held: held._told, "list of its own": lambda held: held.name}


@task(cache_policy=LAKE)
def reading(kind, held):
    mark("reading", kind)
    told = TOLD[kind](held) if kind in TOLD else None
    factory = held.default_factory is list if kind == "with a default" else None
    return held == KINDS[kind](("made", 1)), type(held).__name__, told, factory


@flow
def inside(kind):
    return [seen(reading(kind, KINDS[kind](made(1)), return_state=True))]


@task(cache_policy=LAKE)
def taking(parts):
    mark("taking")
    return len(parts)


@flow
def unhashable():
    return [seen(taking({listed(1)}, return_state=True))]


@task(cache_policy=LAKE)
def identical(parts, others):
    return parts[0] is parts[1], parts[0].held, others is parts[2]


@flow
def shared():
    order = Order(made(1))
    plain = [1]
    return [seen(identical([order, order, plain], plain, return_state=True))]


@task(cache_policy=LAKE)
def circular(parts):
    return parts[1]


@flow
def in_a_circle():
    parts = [0, made(1)]
    parts[0] = parts
    return [seen(circular(parts, return_state=True))]
