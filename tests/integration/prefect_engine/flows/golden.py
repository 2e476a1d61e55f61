"""A function whose key is pinned, here and with Airflow."""

from prefect import flow, task

from orchestra_cache.prefect import FingerprintPolicy

RATES = {"standard": 0.25, "reduced": 0.1}


def rounded(amount, *, digits=2):
    return round(amount, digits)


def net(amounts, *, kind="standard"):
    """Take the tax off."""
    return [rounded(amount / (1 + RATES[kind])) for amount in amounts]


cached = task(cache_policy=FingerprintPolicy("lake"))(net)


@flow
def called():
    return cached([10.0, 20.0], kind="reduced")
