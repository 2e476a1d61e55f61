"""Large values from upstream in operators of every kind, and everyone who may look at them."""

import asyncio
from datetime import datetime, timezone

from engine import dag, get_current_context, task
from kinds import BaseOperator, DateTimeTrigger
from marking import mark

from orchestra_cache.airflow import CachedBashOperator, cached, enable_cache

LARGE = 30_000


@task.cached(cache="lake")
def numbers():
    mark("numbers")
    return list(range(LARGE))


@task.cached(cache="lake")
def letters():
    return ["a"] * LARGE


def said(value):
    if isinstance(value, (list, dict)) and len(value) < 10:
        parts = value.values() if isinstance(value, dict) else value
        return [said(part) for part in parts]
    return f"{type(value).__name__} {len(value)}" if hasattr(value, "__len__") else value


class Sized(BaseOperator):
    """Looks at all that it is given, and returns more than an XCom should hold."""

    template_fields = ("what", "note")

    def __init__(self, *, what, note="", times=1, **kwargs):
        super().__init__(**kwargs)
        self.what = what
        self.note = note
        self.times = times

    def execute(self, context):
        mark(self.task_id, said(self.what), self.note, self.times)
        return ["orders"] * (self.times * LARGE)


class Waiting(Sized):
    def execute(self, context):
        mark("began", said(self.what))
        trigger = DateTimeTrigger(moment=datetime.now(timezone.utc))
        self.defer(trigger=trigger, method_name="execute_complete")

    def execute_complete(self, context, event=None):
        mark("ended", said(self.what))
        return "done"


class Checking(Sized):
    """Looks at its fields before Airflow executes it."""

    def pre_execute(self, context):
        mark("checking", said(self.what))


class Reading(CachedBashOperator):
    """A command with something beside it."""

    template_fields = (*CachedBashOperator.template_fields, "what")

    def __init__(self, *, what, **kwargs):
        super().__init__(**kwargs)
        self.what = what

    def execute(self, context):
        mark("reading", said(self.what))
        return super().execute(context)


@dag(schedule=None)
def any_refs():
    made = numbers()
    sized = cached(Sized, cache="lake", context=())
    one = sized(task_id="sized", what=made)
    sized(task_id="nested", what={"a": [made], "b": made})
    sized(task_id="after", what=one.output)
    mapped = Sized.partial(task_id="mapped", what=made).expand(times=[2, 3])
    enable_cache(mapped, cache="lake", context=())
    sized(task_id="gathered", what=mapped.output)
    enable_cache(Waiting(task_id="waiting", what=made), cache="lake", context=())
    waits = Waiting.partial(task_id="waits", what=made).expand(times=[2, 3])
    enable_cache(waits, cache="lake", context=())


@dag(schedule=None)
def any_texts():
    """Texts that look into values, and fields that somebody looks into early."""
    made = numbers()
    sized = cached(Sized, cache="lake", context=())
    text = "{{ ti.xcom_pull(task_ids='numbers') | length }}"
    made >> sized(task_id="text", what=text)
    sized(task_id="asking", what=made, note="{{ task.what | length }}")
    cached(Checking, cache="lake", context=())(task_id="checked", what=made)
    reading = {"task_id": "read", "bash_command": "echo $N", "env": {"N": "1"}}
    Reading(what=made, cache="lake", context=(), **reading)


@dag(schedule=None)
def any_values():
    """Who is given the value and who its Ref share a key."""
    made = numbers()
    early = cached(Sized, cache="lake", context=())
    early(task_id="early", what=made, pre_execute=lambda context: None)
    late = early(task_id="late", what=made)
    late.set_upstream(late.dag.get_task("early"))


def tell(name):
    def told(context, result=None):
        held = context["ti"].task
        if hasattr(held, "what"):
            mark(name, said(held.what), said(context["task"].what))
        else:
            kwargs = {key: value for key, value in held.op_kwargs.items() if key == "df"}
            mark(name, said(context.get("df", "")), said(list(held.op_args)), said(kwargs))

    return told


@task.cached(cache="lake", context=(), on_success_callback=tell("succeeded"))
def looking(first, df, **rest):
    context = get_current_context()
    mark(
        "looking", said(first), said(df), said(context["df"]), said(context["task"].op_kwargs["df"])
    )
    return "looked"


@task.cached(cache="lake", context=(), on_failure_callback=tell("failed"), retries=0)
def failing(first, df):
    raise ValueError("no orders yet")


@task.cached(cache="lake", context=(), on_execute_callback=tell("executed"))
def announced(df):
    mark("announced", said(df))


@task.cached(cache="lake", context=(), post_execute=tell("posted"))
def followed(df):
    mark("followed", said(df))
    return "followed"


@dag(schedule=None)
def onlookers():
    made, others = numbers(), letters()
    looking(made, df=others)
    announced(df=made)
    followed(df=made)
    told = [tell("succeeded_any")]
    sized = cached(Sized, cache="lake", context=())
    sized(task_id="told", what=made, on_success_callback=told)


@dag(schedule=None)
def failing_onlookers():
    failing(numbers(), df=letters())


@task.cached(cache="lake", context=())
async def pushing(df):
    ti = get_current_context()["ti"]
    mark("pushing", said(df), said(get_current_context()["df"]))
    await asyncio.sleep(0)
    ti.xcom_push("rows", [len(df)])
    return "pushed"


@task
def pulling(_, ti=None):
    mark("pulled", ti.xcom_pull(task_ids="pushing", key="rows"))


@dag(schedule=None)
def pushing_late():
    pulling(pushing(df=numbers()))


@task.cached(cache="lake", multiple_outputs=True)
def split(values):
    mark("split", said(values))
    return {"left": values, "right": tuple(values), "count": len(values), "odd": (1, 2)}


@task.cached(cache="lake")
def chunks(values):
    mark("chunks", said(values))
    return [["chunk"] * LARGE, values]


@task.cached(cache="lake")
def part(value, name):
    mark("part", name, said(value))
    return len(value) if hasattr(value, "__len__") else value


class Both(Sized):
    def execute(self, context):
        super().execute(context)
        return {"left": self.what, "right": "r" * LARGE * 3}


@dag(schedule=None)
def outlined():
    """Large results that Airflow looks into."""
    made = numbers()
    outputs = split(made)
    for name in ("left", "right", "count", "odd"):
        part(outputs[name], name)
    part(outputs, "all")
    part.partial(name="chunk").expand(value=chunks(made))
    both = cached(Both, cache="lake", context=())
    both = both(task_id="both", what=made, multiple_outputs=True)
    part(both.output["left"], "of both")


any_refs()
any_texts()
outlined()
any_values()
onlookers()
failing_onlookers()
pushing_late()
