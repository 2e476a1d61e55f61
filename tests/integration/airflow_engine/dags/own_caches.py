"""Tasks in Airflow whose cache is said in the code alone, with the key that signs there."""

import os

from engine import dag, task
from marking import mark

from orchestra_cache import Cache

KEY = "orchestra-cache-hmac-1:XSoQmja2+vqMOOrv4+7JBoxf3vWwiZCBboEgQHRrgAk="
LAKE = Cache(os.environ["MARKS"] + ".signed", keys=[KEY])


@task.cached(cache=LAKE)
def words(count):
    mark("words")
    return ["word"] * count


@task
def read(found):
    mark("read", len(found), type(found).__name__)


@dag(schedule=None)
def own_caches():
    read(words(30_000))


own_caches()
