"""Tasks that differ in the terms on which their results may be used."""

import logging
from datetime import timedelta
from pathlib import Path

from marking import count, mark, seen
from prefect import flow, task

from orchestra_cache.datasets import File
from orchestra_cache.prefect import FingerprintPolicy

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


@task(cache_policy=FingerprintPolicy("lake", ttl=WEEK))
def by_policy(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake"), cache_expiration=WEEK)
def by_task(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", ttl=MONTH), cache_expiration=WEEK)
def shorter_by_task(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake", ttl=WEEK), cache_expiration=MONTH)
def shorter_by_policy(day):
    mark("ran")
    return day


@task(cache_policy=FingerprintPolicy("lake"))
def counted():
    mark("ran")
    return count("ran")


@task(cache_policy=FingerprintPolicy("lake", mode="off"))
def switched_off():
    mark("ran")


@task(cache_policy=FingerprintPolicy("lake", mode="readonly"))
def only_reading():
    mark("ran")


@task(cache_policy=FingerprintPolicy("lake"), persist_result=False)
def not_persisted():
    mark("ran")


@task(cache_policy=FingerprintPolicy("lake", ignore={"logger"}))
def logged(day, logger):
    mark("ran")
    logger.info("day %s", day)
    return day


@task(cache_policy=FingerprintPolicy("lake") - "logger")
def logged_with_less(day, logger):
    mark("ran")
    logger.info("day %s", day)
    return day


@task(cache_policy=FingerprintPolicy("lake", reads=[File("{folder}/{day}.csv")]))
def loaded(folder, day):
    mark("ran")
    return (Path(folder) / f"{day}.csv").read_text()


@flow
def called(name, *arguments):
    return [seen(globals()[name](*arguments, return_state=True))]


@task(cache_policy=FingerprintPolicy("lake", reads=[File("{path}")]))
def changing_what_it_reads(path):
    mark("ran")
    Path(path).write_text("changed")
    return "made of either"


@flow
def refreshed(name):
    return [seen(globals()[name].with_options(refresh_cache=True)(return_state=True))]


@flow
def refreshed_by_policy(by_task_as_well):
    policy = FingerprintPolicy("lake", mode="refresh")
    task = counted.with_options(cache_policy=policy, refresh_cache=by_task_as_well)
    return [seen(task(return_state=True))]


@flow
def observed(name, logger):
    return called.fn(name, 3, logging.getLogger(logger))


if __name__ == "__main__":
    called("counted")
