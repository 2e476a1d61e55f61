"""Operators of every kind that know no cache, and were given one."""

from datetime import datetime, timezone

from engine import dag
from kinds import (
    AirflowSkipException,
    BaseOperator,
    BashOperator,
    BranchPythonOperator,
    DateTimeTrigger,
)
from marking import mark

from orchestra_cache.airflow import cached, enable_cache


def marked(name, operator, *words):
    """Write down which task ran; its result says nothing of that."""
    mark(name, operator.task_id, *words)


class Query(BaseOperator):
    """Looks at nothing but its arguments."""

    template_fields = ("sql",)

    def __init__(self, *, sql, limit=10, shop_conn_id="shop", **kwargs):
        super().__init__(**kwargs)
        self.sql = sql
        self.limit = limit
        self.shop_conn_id = shop_conn_id

    def execute(self, context):
        marked("query", self, self.sql, self.limit)
        return {"sql": self.sql, "rows": [self.limit, True]}


class Louder(Query):
    """Hands the context up, and nothing else."""

    def execute(self, context):
        return {**super().execute(context), "loud": True}


class Dated(BaseOperator):
    def execute(self, context):
        marked("dated", self, context["ds"])
        return context["ds"]


class Waiting(BaseOperator):
    """Does the second half of its work when a trigger has fired."""

    def __init__(self, *, what, **kwargs):
        super().__init__(**kwargs)
        self.what = what

    def execute(self, context):
        mark("began", self.what)
        trigger = DateTimeTrigger(moment=datetime.now(timezone.utc))
        self.defer(trigger=trigger, method_name="execute_complete")

    def execute_complete(self, context, event=None):
        mark("ended", self.what)
        return self.what


class Renamed(BaseOperator):
    """What it renders has another name than what it is given."""

    template_fields = ("_text",)

    def __init__(self, *, text, **kwargs):
        super().__init__(**kwargs)
        self._text = text

    def execute(self, context):
        mark("renamed", self._text)
        return self._text


class Skipping(BaseOperator):
    def execute(self, context):
        mark("skipping")
        raise AirflowSkipException


class Pushing(BaseOperator):
    """Says more than its result, as operators do that start a job."""

    def __init__(self, *, job, **kwargs):
        super().__init__(**kwargs)
        self.job = job

    def execute(self, context):
        mark("pushing", self.job)
        context["ti"].xcom_push("job", {"id": self.job})
        return "done"


class Calling(BaseOperator):
    """Takes a function, as many installed operators do."""

    def __init__(self, *, handler, **kwargs):
        super().__init__(**kwargs)
        self.handler = handler

    def execute(self, context):
        marked("calling", self)
        return self.handler(3)


def doubled(number):
    return number * 2


def with_date(number, ds=None):
    return ds


@dag(schedule=None)
def any_operator():
    query = cached(Query, cache="lake")(task_id="query", sql="select '{{ ds }}'")
    enable_cache(Query(task_id="same", sql="select '{{ ds }}'"), cache="lake")
    cached(Query, cache="lake")(task_id="more", sql="select '{{ ds }}'", limit=11)
    cached(Louder, cache="lake")(task_id="louder", sql="select 1")
    cached(BashOperator, cache="lake")(
        task_id="bash", bash_command="echo '[\"bash\"]' >> $MARKS; echo {{ ds }}"
    )
    enable_cache(Query.partial(task_id="mapped").expand(sql=["a", "b", "a"]), cache="lake")
    enable_cache(Dated(task_id="unseen"), cache="lake")
    enable_cache(Dated(task_id="declared"), cache="lake", context={"ds"})
    enable_cache(Waiting(task_id="waiting", what="orders"), cache="lake")
    enable_cache(Renamed(task_id="renamed", text="{{ ds }}"), cache="lake")
    pushing = enable_cache(Pushing(task_id="pushing", job="j1"), cache="lake", context=())
    told = "{{ ti.xcom_pull(task_ids='pushing', key='job')['id'] }}"
    pushing >> Query(task_id="told", sql=told)
    enable_cache(Skipping(task_id="skipping"), cache="lake")
    enable_cache(Calling(task_id="calling", handler=doubled), cache="lake")
    enable_cache(Calling(task_id="asking", handler=with_date), cache="lake")
    Query(task_id="reader", sql=query.output)


@dag(schedule=None)
def any_branch():
    def choose(day):
        mark("choose", day)
        return "left"

    branch = enable_cache(
        BranchPythonOperator(task_id="choose", python_callable=choose, op_args=["{{ ds }}"]),
        cache="lake",
    )
    branch >> [Query(task_id="left", sql="left"), Query(task_id="right", sql="right")]


any_operator()
any_branch()
