"""Cached tasks in Airflow that decide which of the others run."""

from engine import dag, task
from marking import mark

from orchestra_cache.airflow import CachedBranchPythonOperator, CachedShortCircuitOperator

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator


def chosen(day):
    mark("chosen", day)
    return "odd" if int(day[-1]) % 2 else "even"


def wanted(day):
    mark("wanted", day)
    return int(day[-1]) % 2 == 0


@task.cached_branch(cache="lake")
def decides(day):
    mark("decides", day)
    return ["left", "both"] if int(day[-1]) % 2 else ["right", "both"]


@task.cached_short_circuit(cache="lake")
def goes_on(day):
    mark("goes_on", day)
    return int(day[-1]) % 2 == 0


def ends(names):
    return [EmptyOperator(task_id=name) for name in names]


@dag(schedule=None)
def branches():
    branch = CachedBranchPythonOperator(
        task_id="chosen", python_callable=chosen, op_args=["{{ ds }}"], cache="lake"
    )
    branch >> ends(["odd", "even"])
    gate = CachedShortCircuitOperator(
        task_id="wanted", python_callable=wanted, op_args=["{{ ds }}"], cache="lake"
    )
    gate >> ends(["after_wanted"])
    decides("{{ ds }}") >> ends(["left", "right", "both"])
    goes_on("{{ ds }}") >> ends(["after_goes_on"])


branches()
