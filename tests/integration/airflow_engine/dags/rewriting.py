"""Operators that change what was rendered for them, some of which ask Airflow to show that."""

from engine import dag, task
from kinds import BaseOperator
from marking import mark

from orchestra_cache.airflow import CachedPythonOperator, cached

LARGE = 10_000


class Expanding(BaseOperator):
    """Takes the name of a query, and runs what that stands for."""

    template_fields = ("query", "notes")

    def __init__(self, *, query, **kwargs):
        super().__init__(**kwargs)
        self.query = query
        self.notes = "as {{ ds }}"

    def execute(self, context):
        mark("expanding", type(self).__name__)
        self.query = f"select from {self.query}"
        self.notes = "changed"
        return self.query


class Showing(Expanding):
    overwrite_rtif_after_execution = True


class ShowingPython(CachedPythonOperator):
    overwrite_rtif_after_execution = True


@task.cached(cache="lake")
def numbers():
    return list(range(LARGE)) * 10


def counted(values):
    mark("counted", type(values).__name__)
    return len(values)


def told(context):
    mark("told", context["task"].task_id, context["task"].query)


@dag(schedule=None)
def rewriting():
    Expanding(task_id="plain", query="orders", on_success_callback=told)
    Showing(task_id="plain_showing", query="orders")
    cached(Expanding, cache="lake")(task_id="cached", query="orders", on_success_callback=told)
    cached(Expanding, cache="lake", mode="off")(
        task_id="off", query="orders", on_success_callback=told
    )
    cached(Showing, cache="lake")(task_id="cached_showing", query="orders")
    ShowingPython(task_id="large", python_callable=counted, op_args=[numbers()], cache="lake")


rewriting()
