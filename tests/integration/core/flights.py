"""What the processes of the tests of single flight run: calls of one key, told line by line."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

from orchestra_cache import Cache, Policy
from orchestra_cache.events import Event, subscribe
from orchestra_cache.leases import Leases, ObjectLeases
from orchestra_cache.leases.redis import RedisLeases
from orchestra_cache.memoized import Memoized
from orchestra_cache.stores import open_store

# So many processes on so few cores keep each other waiting for longer than a store may.
PATIENCE = timedelta(minutes=1)


def opened(terms: dict[str, Any]) -> Cache:
    """The cache that `terms` say, with leases that expire when they say."""
    options = terms.get("options", {})
    leases: Leases | None = None
    if "redis" in terms:
        leases = RedisLeases(terms["redis"], scope=terms["url"], expiry=terms["expiry"])
    elif "options" in terms:
        store = open_store(terms["url"], options=options, budget=PATIENCE)
        leases = ObjectLeases(store, expiry=terms["expiry"])
    wait = timedelta(seconds=terms.get("wait", 3600))
    policy = Policy(single_flight=True, wait=wait)
    return Cache(
        terms["url"], storage_options=options, budget=PATIENCE, leases=leases, policy=policy
    )


def gated(name: str) -> str:
    """Takes until it is told its result."""
    say("computing")
    return f"{name} {sys.stdin.readline().strip()}"


def slow(seconds: float) -> list[int]:
    time.sleep(seconds)
    return [os.getpid()]


def ring(cache: Cache) -> Memoized[Any]:
    """A task that calls the other of two, when it is told to."""

    @cache.memoize(ignore={"nested"})
    def task(number: int, nested: bool) -> list[int]:
        if nested:
            return [number]
        say("computing")
        sys.stdin.readline()
        return [number, *task(1 - number, True)]

    return task


def say(word: object) -> None:
    # In one piece: a forked process may share the pipe.
    os.write(1, f"{word}\n".encode())


def call(terms: dict[str, Any]) -> None:
    """Make one call; say what it does, what happens, and at last the result."""
    subscribe(lambda event: say(type(event).__name__))
    if "ring" in terms:
        result = ring(opened(terms))(terms["ring"], False)
    else:
        result = opened(terms).memoize(gated)("done")
    say(json.dumps(result))


def crowd(terms: dict[str, Any]) -> None:
    """Make the same call in many processes at once; say what each got, and its events."""
    # Imported once, and not in each process; neither starts a thread by that.
    importlib.import_module(terms.get("preloaded", "json"))
    gate, results = os.pipe(), os.pipe()
    children = [_forked(terms, gate, results) for _ in range(terms["processes"])]
    os.close(results[1])
    # All of them wait for the end of this pipe.
    os.close(gate[0])
    os.close(gate[1])
    with open(results[0], "rb") as answers:
        told = [json.loads(line) for line in answers]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    say(json.dumps({"told": told, "codes": codes}))


def _forked(terms: dict[str, Any], gate: tuple[int, int], results: tuple[int, int]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.close(gate[1])
        os.read(gate[0], 1)
        seen: list[Event] = []
        subscribe(seen.append)
        value = opened(terms).memoize(slow)(terms["seconds"])
        events = [type(event).__name__ for event in seen]
        os.write(results[1], json.dumps([value, events]).encode() + b"\n")
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    # Under its own name, so that the task is the one that the tests import.
    from tests.integration.core import flights

    getattr(flights, sys.argv[1])(json.loads(sys.argv[2]))
