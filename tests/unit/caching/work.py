"""Functions to cache; each notes that it ran."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any


class Record(list[object]):
    """What ran. Functions that note it reach it, so it says itself that its content is nothing."""

    def __fingerprint__(self) -> str:
        return "record"


RAN = Record()


@dataclasses.dataclass
class Order:
    amounts: list[int]

    def total(self) -> int:
        return sum(self.amounts)


class Unpicklable:
    def __reduce__(self) -> Any:
        raise RuntimeError("not to be pickled")


def double(number: Any) -> Any:
    RAN.append(number)
    return [number, number]


def echo(value: Any, *, logger: object = None) -> Any:
    RAN.append("echo")
    return value


def constant(kind: str) -> Any:
    RAN.append(kind)
    values = {
        "none": None,
        "false": False,
        "zero": 0,
        "empty": "",
        "nothing": [],
        "tuple": (1, [2]),
    }
    return values[kind]


def failing(number: int) -> int:
    RAN.append(number)
    raise ValueError(number)


def locked(number: int) -> Any:
    RAN.append(number)
    return threading.Lock()


def unpicklable(number: int) -> Any:
    RAN.append(number)
    return Unpicklable()


def read(path: str) -> str:
    RAN.append(path)
    with open(path) as file:
        return file.read()


def overwrite(path: str) -> str:
    RAN.append(path)
    with open(path, "a") as file:
        file.write("more")
    return "read before"


def generate(number: int) -> Any:
    yield number


async def waited(number: int) -> list[int]:
    RAN.append(number)
    return [number]


def received(value: Any) -> str:
    RAN.append("received")
    return type(value).__name__


def total_of(orders: list[Order]) -> int:
    RAN.append("total_of")
    return sum(order.total() for order in orders)


class Shop:
    def __init__(self, rate: int) -> None:
        self.rate = rate

    def price(self, amount: int) -> int:
        RAN.append(amount)
        return amount * self.rate
