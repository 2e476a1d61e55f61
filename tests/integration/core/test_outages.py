"""A store that does not answer costs a task its budget once, and the task its result never."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Miss

BUDGET = timedelta(milliseconds=300)


class Silence:
    """A server that takes connections and what they send, and never says a word."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self.connections.append(self.server.accept()[0])

    def close(self) -> None:
        self.server.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def silence() -> Iterator[Silence]:
    silence = Silence()
    yield silence
    silence.close()


def silent(silence: Silence, **terms: Any) -> Cache:
    options = {"key": "k", "secret": "s", "endpoint_url": silence.url}
    # A bucket of its own: what is known of a place is known in the whole process.
    return Cache(f"s3://{uuid4().hex}/a", storage_options=options, budget=BUDGET, **terms)


def test_a_store_that_never_answers_costs_its_budget_once(
    silence: Silence, events: list[Event]
) -> None:
    task = silent(silence).memoize(lambda n: [n])

    results = [task(1), task(2), task(3)]

    assert results == [[1], [2], [3]]
    failures = [str(event.error) for event in events if isinstance(event, Failed)]
    assert "made no progress for 0.3 s" in failures[0]
    # Neither the write that follows nor the calls after it ask again.
    assert all("left alone" in failure for failure in failures[1:])
    assert len(failures) == 6
    assert sum(isinstance(event, Miss) for event in events) == 3


def test_another_cache_of_the_place_knows_it_as_well(silence: Silence, events: list[Event]) -> None:
    first = silent(silence)
    second = Cache(first.place, storage_options=first._assembly.storage_options, budget=BUDGET)
    first.memoize(lambda n: [n])(1)
    del events[:]

    second.memoize(lambda n: [n])(1)

    assert all("left alone" in str(one.error) for one in events if isinstance(one, Failed))


def test_who_asks_for_the_error_gets_it(silence: Silence) -> None:
    ran: list[int] = []
    strict = silent(silence, policy=Policy(on_error="raise"))
    task = strict.memoize(ignore={"ran"})(lambda ran: ran.append(1))

    with pytest.raises(StoreError, match="made no progress"):
        task(ran)

    assert ran == []


def test_a_process_ends_although_an_answer_never_came(
    silence: Silence, run_python: Callable[..., str]
) -> None:
    program = f"""
from datetime import timedelta
from orchestra_cache import Cache
options = {{"key": "k", "secret": "s", "endpoint_url": {silence.url!r}}}
cache = Cache("s3://lake/a", storage_options=options, budget=timedelta(milliseconds=300))
print(cache.memoize(lambda n: [n])(1))
"""

    assert run_python(program) == "[1]"
