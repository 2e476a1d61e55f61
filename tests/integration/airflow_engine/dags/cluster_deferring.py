"""A task that waits in the triggerer, until a file says that it may go on."""

import os

from engine import dag
from kinds import BaseOperator, FileTrigger
from marking import mark

from orchestra_cache.airflow import enable_cache
from orchestra_cache.datasets import File

PLACE = os.environ["MARKS"]


class Loading(BaseOperator):
    """Reads a file, and has something done with it elsewhere."""

    def execute(self, context):
        with open(f"{PLACE}.orders") as file:
            orders = file.read()
        mark("loading", orders)
        trigger = FileTrigger(f"{PLACE}.loaded", poke_interval=0.1)
        self.defer(trigger=trigger, method_name="execute_complete", kwargs={"orders": orders})

    def execute_complete(self, context, orders, event=None):
        mark("loaded", orders)
        return orders


@dag(schedule=None)
def loads():
    task = Loading(task_id="loads")
    enable_cache(task, cache="lake", reads=[File(f"{PLACE}.orders")])


loads()
