"""Cached tasks that make assets, and cached tasks that read them."""

import os
from datetime import datetime, timezone

import pandas
from engine import Asset, AssetAlias, Metadata, dag, task
from marking import mark

from orchestra_cache.airflow import CachedPythonOperator

TOLD, YIELDED, PLAIN, FRAME, RETURNED, ADDED, OWN, UNTOLD = (
    Asset(f"file:///lake/{name}.csv")
    for name in ("told", "yielded", "plain", "frame", "returned", "added", "own", "untold")
)
ALIAS = AssetAlias("orders-of-today")
INLETS = {
    "plain": PLAIN,
    "frame": FRAME,
    "own": OWN,
    "alias": ALIAS,
    "returned": RETURNED,
    "untold": UNTOLD,
}


@task.cached(cache="lake", outlets=[TOLD])
def told(rows, outlet_events=None):
    mark("told")
    outlet_events[TOLD].extra["rows"] = rows
    return rows


@task.cached(cache="lake", outlets=[YIELDED, ALIAS])
def yielded(rows):
    mark("yielded")
    yield Metadata(YIELDED, {"rows": rows})
    yield Metadata(ADDED, {"rows": rows}, ALIAS)
    return rows


@task.cached(cache="lake", outlets=[PLAIN])
def plain(source):
    mark("plain", source)
    return "/lake/plain.csv"


@task.cached(cache="lake", outlets=[FRAME])
def frame(source):
    mark("frame", source)
    return pandas.DataFrame({"rows": [1, 2]})


@task.cached(cache="lake", outlets=[OWN])
def own(version, outlet_events=None):
    mark("own", version)
    outlet_events[OWN].extra["orchestra_cache.digest"] = version


@task.cached(cache="lake")
def returned():
    mark("returned")
    return [RETURNED]


def before(context):
    context["outlet_events"][PLAIN].extra["day"] = os.environ.get("DAY", "1")


@dag(schedule=None)
def producers():
    told(3)
    yielded(4)
    plain.override(pre_execute=before)(os.environ.get("SOURCE", "north"))
    frame(os.environ.get("SOURCE", "north"))
    own(os.environ.get("VERSION", "v1"))
    returned()


def count(of):
    mark("count", of)


@dag(schedule=None)
def consumers():
    for name, inlet in INLETS.items():
        CachedPythonOperator(
            task_id=f"count_{name}",
            python_callable=count,
            op_args=[name],
            inlets=[inlet],
            cache="lake",
        )
    argument(PLAIN)


@task.cached(cache="lake")
def argument(asset):
    mark("count", "argument")


@dag(schedule=[PLAIN, RETURNED], start_date=datetime(2024, 1, 1, tzinfo=timezone.utc))
def followers():
    CachedPythonOperator(
        task_id="follow",
        python_callable=count,
        op_args=["followed"],
        inlets=[PLAIN],
        cache="lake",
    )
    follow_always()


@task
def follow_always():
    mark("followed")


for make in (producers, consumers, followers):
    make()
