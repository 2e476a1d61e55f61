"""What a cluster does that one process does not: choices, waiting, days that are caught up."""

from datetime import datetime, timezone

from cluster_prices import priced
from engine import dag, task
from kinds import BaseOperator, DateTimeTrigger
from marking import mark

from orchestra_cache.airflow import enable_cache

FIRST, LAST = (datetime(2024, 1, day, tzinfo=timezone.utc) for day in (1, 10))


class Waiting(BaseOperator):
    """Does the second half of its work when a trigger has fired."""

    def execute(self, context):
        mark("waiting", "began")
        trigger = DateTimeTrigger(moment=datetime.now(timezone.utc))
        self.defer(trigger=trigger, method_name="execute_complete")

    def execute_complete(self, context, event=None):
        mark("waiting", "ended")
        return "arrived"


@task.cached_branch(cache="lake")
def chosen():
    mark("chosen")
    return "right"


@task.cached_short_circuit(cache="lake")
def enough(stock):
    mark("enough", stock)
    return stock > 1


@task
def passed(what):
    mark("passed", what)


@task.cached(cache="lake", single_flight=True)
def rates():
    mark("rates")
    return [0.25, 0.1]


@task.cached(cache="shut")
def unkept():
    mark("unkept")
    return "computed"


@dag(schedule=None)
def priced_by_a_task():
    passed(task.cached(cache="lake")(priced)("pear"))


@dag(schedule=None)
def choices():
    choice = chosen()
    choice >> [
        passed.override(task_id="left")("left"),
        passed.override(task_id="right")("right"),
    ]
    enough.override(task_id="none")(0) >> passed.override(task_id="after_none")("none")
    enough.override(task_id="some")(2) >> passed.override(task_id="after_some")("some")


@dag(schedule=None)
def deferred():
    waiting = enable_cache(Waiting(task_id="waiting"), cache="lake")
    passed(waiting.output)


@dag(schedule="@daily", start_date=FIRST, end_date=LAST, catchup=False)
def every_day():
    rates()


@dag(schedule=None)
def with_a_store_that_is_shut():
    passed(unkept())


priced_by_a_task()
choices()
deferred()
every_day()
with_a_store_that_is_shut()
