"""Cached tasks in Airflow beside the same ones of the provider: everything around them is alike."""

from engine import dag, task
from marking import mark

try:
    from airflow.sdk import setup, task_group, teardown
    from airflow.sdk.exceptions import AirflowSkipException
except ImportError:
    from airflow.decorators import setup, task_group, teardown
    from airflow.exceptions import AirflowSkipException

from orchestra_cache.airflow import CachedPythonOperator

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator

KINDS = {
    "plain": (task, PythonOperator, {}),
    "cached": (task.cached, CachedPythonOperator, {"cache": "lake"}),
}


def rendered(number, templates_dict, *, word):
    mark("rendered", number, word, templates_dict["day"])
    return [number, word, templates_dict["day"]]


def parts(day) -> dict[str, str]:
    mark("parts", day)
    return {"year": day[:4], "rest": day[5:]}


def skips(day):
    mark("skips", day)
    if day:
        raise AirflowSkipException("nothing to do")


def hidden():
    mark("hidden")
    return "a value that no log shows"


def shown():
    mark("shown")
    return "a value that every log shows"


def opened():
    mark("opened")
    return "opened"


def used(place, suffix):
    mark("used", place, suffix)
    return place + suffix


def closed():
    mark("closed")


def doubled(number):
    mark("doubled", number)
    return 2 * number


def raised(number, power):
    mark("raised", number, power)
    return number**power


def summed(numbers, more=0):
    numbers = list(numbers)
    mark("summed", numbers, more)
    return sum(numbers) + more


def made(name):
    decorator, operator, terms = KINDS[name]
    kept = {} if name == "plain" else terms

    @task_group
    def group(number):
        return decorator(**kept)(doubled)(number)

    @dag(dag_id=f"behaves_{name}", schedule=None)
    def behaves():
        operator(
            task_id="rendered",
            python_callable=rendered,
            op_args=["{{ 1 + 1 }}"],
            op_kwargs={"word": "{{ ds_nodash }}"},
            templates_dict={"day": "{{ ds }}"},
            **kept,
        )
        several = decorator(**kept)(parts)("{{ ds }}")
        decorator(**kept)(skips)("{{ ds }}")
        operator(task_id="hidden", python_callable=hidden, show_return_value_in_logs=False, **kept)
        operator(task_id="shown", python_callable=shown, **kept)
        first = setup(decorator(**kept)(opened))()
        last = teardown(decorator(**kept)(closed))()
        between = decorator(**kept)(used)(first, several["year"])
        first >> between >> last
        power = decorator(**kept)(raised)
        powers = power.partial(power=2).expand(number=[1, 2, 2])
        decorator(**kept)(summed).override(task_id="total")(powers, more=group(4))
        power.override(task_id="of_pairs").expand_kwargs(
            [{"number": 3, "power": 1}, {"number": 3, "power": 2}]
        )

    return behaves()


made("plain")
made("cached")
