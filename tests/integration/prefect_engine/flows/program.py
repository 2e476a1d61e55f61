"""A task in the file that is run, or in a notebook, with classes of its own."""

import json

from marking import mark
from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy


class Order:
    def __init__(self, number):
        self.number = number


class Price:
    def __init__(self, value):
        self.value = value

    def shown(self):
        return f"{self.value} crowns"


def rate():
    return 2


@task(cache_policy=FingerprintPolicy("lake"))
def priced(order):
    mark("priced", order.number)
    return Price(rate() * order.number)


@flow
def main(number):
    state = priced(Order(number), return_state=True)
    return [state.name, state.result().shown(), isinstance(state.result(), Price)]


if __name__ == "__main__":
    print(json.dumps(main(3)))
