"""Tasks of Airflow whose process is killed: while they compute, and while their result is kept."""

import os
import signal
import sys

from engine import dag, task
from marking import mark


def kill_once(where):
    """Whether this is the first time that somebody asks."""
    flag = f"{os.environ['MARKS']}.killed-{where}"
    if os.path.exists(flag):
        return False
    open(flag, "w").close()
    return True


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_as_the_entry_appears(event, arguments):
    if event in ("os.link", "os.rename") and "entries-v1" in os.fspath(arguments[1]):
        die()


@task.cached(cache="lake", retries=1, retry_delay=0)
def computing():
    mark("computing")
    if kill_once("computing"):
        die()
    return "computed"


@task.cached(cache="lake", retries=1, retry_delay=0)
def keeping():
    mark("keeping")
    if kill_once("keeping"):
        sys.addaudithook(die_as_the_entry_appears)
    return "kept " * 100_000


@dag(schedule=None)
def killed():
    computing()
    keeping()


killed()
