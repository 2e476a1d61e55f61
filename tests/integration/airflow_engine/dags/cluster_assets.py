"""A DAG that makes an asset, and one that Airflow runs whenever that was made."""

from datetime import datetime, timezone

from engine import Asset, dag, task
from marking import mark

STOCK = Asset("file:///lake/stock.csv")
FIRST = datetime(2024, 1, 1, tzinfo=timezone.utc)


@task.cached(cache="lake", outlets=[STOCK])
def stocked(outlet_events=None):
    mark("stocked")
    outlet_events[STOCK].extra["rows"] = 3
    return "/lake/stock.csv"


@task.cached(cache="lake", inlets=[STOCK])
def counted_stock():
    mark("counted_stock")


@task(inlets=[STOCK])
def told_stock(inlet_events=None):
    mark("told_stock", inlet_events[STOCK][-1].extra["rows"])


@dag(schedule=None, start_date=FIRST)
def stocks():
    stocked()


@dag(schedule=[STOCK], start_date=FIRST)
def stock_followers():
    counted_stock() >> told_stock()


stocks()
stock_followers()
