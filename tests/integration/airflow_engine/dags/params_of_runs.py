"""Operators that read a param of their DAG, which a run may be triggered with another value of."""

from engine import dag, task
from kinds import BaseOperator
from marking import mark

from orchestra_cache.airflow import enable_cache


class Regional(BaseOperator):
    """Reads it in each of the ways that there are."""

    template_fields = ("text",)

    def __init__(self, *, text, **kwargs):
        super().__init__(**kwargs)
        self.text = text

    def execute(self, context):
        mark(self.task_id)
        return [self.text, self.params["region"], context["params"]["region"]]


def regional(task_id, **more):
    return Regional(task_id=task_id, text="the same", **more)


@task.cached(cache="lake")
def by_template(region):
    mark("by_template")
    return region


@dag(schedule=None, params={"region": "north"})
def params_of_runs():
    regional("plain")
    enable_cache(regional("declared"), cache="lake", context={"params.region"})
    enable_cache(regional("whole"), cache="lake", context={"params"})
    regional("plain_with_own", params={"region": "west"})
    own = regional("with_own", params={"region": "west"})
    enable_cache(own, cache="lake", context={"params.region"})
    mapped = Regional.partial(task_id="mapped").expand(text=["the same"])
    enable_cache(mapped, cache="lake", context={"params.region"})
    by_template("{{ params.region }}")


params_of_runs()
