"""What `orders` reaches in another module."""

import contextlib

DISCOUNT = 0.9


def discounted(amount):
    return amount * DISCOUNT


def fee(day):
    return len(day)


def late(number):
    return -number


@contextlib.asynccontextmanager
async def opened():
    yield []
