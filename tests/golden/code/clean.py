"""Helpers of the pipeline, and some for themselves."""

from collections import OrderedDict

TASKS = ["drop_voids", "describe", "even"]

WIDTH = 12
CURRENCIES = OrderedDict(EUR=1.0, USD=0.9)


def drop_voids(rows):
    return [row for row in rows if not is_void(row)]


def is_void(row):
    return row.get("void", False) or row["amount"] == 0.0


def describe(name):
    # Says its own documentation, which therefore counts.
    return f"{name}: {describe.__doc__}"


def even(number):
    return number == 0 or odd(number - 1)


def odd(number):
    return number != 0 and even(number - 1)


if __name__ == "__main__":
    import show

    show.show(globals())
