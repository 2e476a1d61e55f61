"""Tasks in Airflow that read what is around them, declared or not."""

import os

from engine import dag, get_current_context, task
from marking import mark

try:
    from airflow.sdk import Variable
except ImportError:
    from airflow.models import Variable


def today():
    return get_current_context()["ds"]


@task.cached(cache="lake")
def asks_instance(ti):
    mark("asks_instance")


@task.cached(cache="lake", ignore={"ti"})
def ignores_instance(ti):
    mark("ignores_instance")


@task.cached(cache="lake")
def takes_all(**context):
    mark("takes_all", context["ds"])
    return context["ds"]


@task.cached(cache="lake", context={"ds"})
def takes_all_and_says_so(**context):
    mark("takes_all_and_says_so", context["ds"])
    return context["ds"]


@task.cached(cache="lake", context=())
def takes_all_for_nothing(**context):
    mark("takes_all_for_nothing")


@task.cached(cache="lake", context=())
def asks_instance_for_nothing(word, ti, **context):
    mark("asks_instance_for_nothing", word)


@task.cached(cache="lake")
def asks_date(ds):
    mark("asks_date", ds)


@task.cached(cache="lake")
def asks_params(params):
    mark("asks_params", params["region"])


@task.cached(cache="lake", context={"params.region"})
def one_param(**context):
    mark("one_param", context["params"]["region"])


@task.cached(cache="lake", context=(), templates_dict={"day": "{{ ds }}"})
def takes_templates(**context):
    mark("takes_templates", context["templates_dict"]["day"])


@task.cached(cache="lake")
def reads_context():
    mark("reads_context", today())


@task.cached(cache="lake")
def reads_variable():
    mark("reads_variable", Variable.get("rate"))


@task.cached(cache="lake", context={"variable:rate"})
def reads_variable_and_says_so():
    mark("reads_variable_and_says_so", Variable.get("rate"))


@task.cached(cache="lake", context={"variable:nothing"})
def reads_what_is_not_there():
    mark("reads_what_is_not_there")


@task.cached(cache="lake", context={"variable:tide"})
def moves_what_it_reads():
    mark("moves_what_it_reads", Variable.get("tide"))
    os.environ["AIRFLOW_VAR_TIDE"] = "high"


@dag(schedule=None, params={"region": "north", "orchestra_cache": "use"})
def contexts():
    asks_instance()
    ignores_instance()
    takes_all()
    takes_all_and_says_so()
    takes_all_for_nothing()
    asks_instance_for_nothing("word")
    asks_date()
    asks_params()
    one_param()
    reads_context()
    reads_variable()
    reads_variable_and_says_so()
    reads_what_is_not_there()
    moves_what_it_reads()
    takes_templates()


contexts()
