"""Two tasks that wait in the triggerer; one of them loses its cache in the meantime."""

import os

from engine import dag
from kinds import BaseOperator, FileTrigger
from marking import mark

from orchestra_cache.airflow import enable_cache

PLACE = os.environ["MARKS"]


class Going(BaseOperator):
    def __init__(self, *, what, **kwargs):
        super().__init__(**kwargs)
        self.what = what

    def execute(self, context):
        mark("going", self.what)
        trigger = FileTrigger(f"{PLACE}.gone", poke_interval=0.1)
        self.defer(trigger=trigger, method_name="execute_complete", kwargs={"orders": 3})

    def execute_complete(self, context, orders, event=None):
        mark("gone", self.what, orders, "ExecuteCache" in map(_name, type(self).__mro__))
        return self.what


def _name(kind):
    return kind.__name__


@dag(schedule=None)
def undeployed():
    enable_cache(Going(task_id="kept", what="kept"), cache="lake", context=())
    bare = Going(task_id="bare", what="bare")
    if not os.path.exists(f"{PLACE}.undeployed"):
        enable_cache(bare, cache="lake", context=())


undeployed()
