"""DAGs without a word of a cache; what is configured for the whole of Airflow gives them one."""

from engine import dag, task
from kinds import BaseOperator, BaseSensorOperator, BashOperator
from marking import mark


class Query(BaseOperator):
    def __init__(self, *, sql, **kwargs):
        super().__init__(**kwargs)
        self.sql = sql

    def execute(self, context):
        mark("query", self.sql)
        return self.sql


class Arrived(BaseSensorOperator):
    def poke(self, context):
        mark("arrived")
        return True


@task
def doubled(number):
    mark("doubled", number)
    return 2 * number


@task
def closed():
    mark("closed")


@dag(schedule=None, tags=["shop"])
def governed():
    BashOperator(task_id="bash", bash_command="echo '[\"bash\"]' >> $MARKS")
    Arrived(task_id="sensor")
    Query(task_id="query", sql="{{ ds }}")
    Query.partial(task_id="mapped").expand(sql=["a", "b"])
    doubled(4) >> closed().as_teardown()


governed()
