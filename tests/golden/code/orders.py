"""Code whose digests are pinned: ways of reaching things, the same on every Python."""

from __future__ import annotations

import dataclasses
import functools
import math

import prices
from prices import DISCOUNT, discounted

TASKS = [
    "plain", "helped", "even", "odd", "cached", "classes", "tables", "local", "by_two", "small",
    "waited", "matched", "Order", "Urgent",
]  # fmt: skip

LIMIT = 5
RATES = {"low": 0.1, "high": 0.2}


@dataclasses.dataclass
class Order:
    """An order."""

    day: str
    amounts: list = dataclasses.field(default_factory=list)
    rate: float = 0.1

    def total(self) -> float:
        return sum(self.amounts) * (1 + self.rate)


class Urgent(Order):
    @property
    def fee(self):
        return prices.fee(self.day)

    @classmethod
    def today(cls):
        return cls("today")

    @staticmethod
    def parse(text: str) -> Order:
        return Order(*text.split())


def plain(day: str, *, scale: int = 2) -> int:
    """Not counted."""
    count: int = 0  # nor this
    for number in range(LIMIT):
        count += number * scale
    return count


def helped(amount):
    return discounted(amount) + prices.fee("x") * DISCOUNT


def even(number):
    return number == 0 or odd(number - 1)


def odd(number):
    return number != 0 and even(number - 1)


@functools.lru_cache(maxsize=None)  # noqa: UP033
def cached(amount):
    return round(discounted(amount), 2)


def classes(text):
    order = Urgent.parse(text)
    return order.total() if isinstance(order, Order) else Urgent.today().fee


def tables(kind):
    steps = {"a": plain, "b": helped}
    return steps[kind](RATES["low"])


def local(day):
    from prices import late

    def inner(number: int) -> int:
        return late(number) + LIMIT

    return [inner(part) for part in range(3) if part], math.pi, f"{day!r:>10} {LIMIT=}"


def counter(step):
    total = 0

    def count():
        nonlocal total
        total += step
        return total

    return count


by_two = counter(2)
small = lambda number: number + LIMIT  # noqa: E731


async def waited(number):
    async with prices.opened() as found:
        return [part async for part in found if part > number]


def matched(value):
    match value:
        case {"a": [first, *_]}:
            return first
        case int() | float() if value > LIMIT:
            return value
        case _:
            return None


if __name__ == "__main__":
    import show

    show.show(globals())
