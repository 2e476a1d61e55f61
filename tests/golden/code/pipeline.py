"""Functions, their helpers in two modules, closures, decorators and constants."""

import functools
import logging
import math
import threading

import clean
from clean import CURRENCIES, drop_voids

TASKS = [
    "total", "report", "rounded", "later", "counted", "described", "asked", "holding", "waiting",
]  # fmt: skip

log = logging.getLogger(__name__)
RATE = 0.19
WEIGHTS = {"a": [1, 2.5], "b": (None, True)}


def times(factor):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs) * factor

        return wrapper

    return decorate


def total(rows: list[dict], *, currency: str = "EUR") -> float:
    """Sum up what is not void."""
    log.info("summing %d rows", len(rows))
    kept = drop_voids(rows)
    return sum(row["amount"] * WEIGHTS["a"][0] for row in kept) * CURRENCIES[currency] * (1 + RATE)


@times(RATE)
def report(rows, width=clean.WIDTH):
    return [f"{row['name']!r:>{width}} {row['amount']:.2f} {RATE=}" for row in rows]


@functools.lru_cache(maxsize=8)
def rounded(amount):
    return math.floor(amount + 0.5) if amount > 0 else -rounded(-amount)


async def later(amount):
    async def inner():
        return amount + 1

    return await inner()


def counter(start):
    seen = start

    def count():
        nonlocal seen
        seen += 1
        return seen

    return count


counted = counter(3)


def described(name):
    from clean import describe as shown

    return shown(name), clean.WIDTH


class Client:
    """Has no identity: how it is made counts."""

    def __init__(self, width):
        self.lock = threading.Lock()
        self.width = width
        self.steps = {}

    def step(self, function):
        self.steps[function.__name__] = function
        return function


if RATE > 0:  # noqa: SIM108
    client = Client(clean.WIDTH)
else:
    client = None


@client.step
def halved(amount):
    return amount / 2


def asked(name, amount):
    with client.lock:
        return client.steps[name](amount)


def holder(width):
    own = Client(width)

    def held(amount):
        return own.width + amount

    return held


holding = holder(3)


def waiting(amount, own=Client(4)):  # noqa: B008
    return own.width + amount


if __name__ == "__main__":
    import show

    show.show(globals())
