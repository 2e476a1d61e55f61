"""A function whose key is pinned, here with Airflow and in flows/golden.py with Prefect."""

from engine import dag

from orchestra_cache.airflow import CachedPythonOperator

RATES = {"standard": 0.25, "reduced": 0.1}


def rounded(amount, *, digits=2):
    return round(amount, digits)


def net(amounts, *, kind="standard"):
    """Take the tax off."""
    return [rounded(amount / (1 + RATES[kind])) for amount in amounts]


@dag(schedule=None)
def golden():
    CachedPythonOperator(
        task_id="net",
        python_callable=net,
        op_args=[[10.0, 20.0]],
        op_kwargs={"kind": "reduced"},
        cache="lake",
    )


golden()
