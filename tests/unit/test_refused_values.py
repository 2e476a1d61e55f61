"""What has no identity is refused, and the error says where it is and what to do."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import csv
import ctypes
import http.client
import io
import itertools
import logging
import mmap
import multiprocessing
import queue
import random
import re
import socket
import sqlite3
import ssl
import tempfile
import threading
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError, OrchestraCacheError

LOCK = threading.Lock()


@dataclass
class Config:
    db: dict[str, Any]


class Slotted:
    __slots__ = ("lock",)


class WithLock(list[Any]):
    pass


class Own:
    def __fingerprint__(self) -> object:
        return {"lock": LOCK}


def with_attribute(value: Any, **state: Any) -> Any:
    for name, part in state.items():
        setattr(value, name, part)
    return value


def numbers() -> Iterator[int]:
    yield 1


async def coroutine() -> None: ...


async def others() -> AsyncIterator[int]:
    yield 1


REFUSED: dict[str, Callable[[], Any]] = {
    "_thread.lock": threading.Lock,
    "_thread.RLock": threading.RLock,
    "_thread._local": threading.local,
    "socket.socket": socket.socket,
    "sqlite3.Connection": lambda: sqlite3.connect(":memory:"),
    "generator": numbers,
    "list_iterator": lambda: iter([1]),
    "dict_keyiterator": lambda: iter({1: 1}),
    "dict_keys": {}.keys,
    "map": lambda: map(int, "1"),
    "filter": lambda: filter(None, "1"),
    "zip": lambda: zip([1], [2], strict=True),
    "enumerate": lambda: enumerate([1]),
    "itertools.count": itertools.count,
    "itertools.chain": lambda: itertools.chain([1]),
    "list_reverseiterator": lambda: reversed([1]),
    "_csv.reader": lambda: csv.reader(["a"]),
    "_io.StringIO": lambda: io.StringIO("a"),
    "_io.BytesIO": lambda: io.BytesIO(b"a"),
    "memoryview": lambda: memoryview(b"a"),
    "weakref.ReferenceType": lambda: weakref.ref(Config),
    "_contextvars.ContextVar": lambda: contextvars.ContextVar("a"),
    "logging.Logger": lambda: logging.getLogger("a"),
    "logging.RootLogger": logging.getLogger,
    "code": lambda: numbers.__code__,
}


# Each with a word that its hint has.
LIVE: dict[str, tuple[Callable[[], Any], str]] = {
    "threading.Condition": (threading.Condition, "process"),
    "threading.Event": (threading.Event, "process"),
    "threading.Semaphore": (threading.Semaphore, "process"),
    "threading.Thread": (threading.Thread, "process"),
    "concurrent.futures.thread.ThreadPoolExecutor": (lambda: ThreadPoolExecutor(1), "process"),
    "concurrent.futures._base.Future": (Future, "process"),
    "asyncio.locks.Lock": (asyncio.Lock, "process"),
    "asyncio.locks.Event": (asyncio.Event, "process"),
    "multiprocessing.synchronize.Lock": (multiprocessing.Lock, "process"),
    "multiprocessing.context.Process": (multiprocessing.Process, "process"),
    "_queue.SimpleQueue": (queue.SimpleQueue, "process"),
    "sqlite3.Connection": (lambda: sqlite3.connect(":memory:"), "open it inside"),
    "sqlite3.Cursor": (lambda: sqlite3.connect(":memory:").cursor(), "open it inside"),
    "socket.socket": (socket.socket, "open it inside"),
    "ssl.SSLContext": (lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "open it inside"),
    "http.client.HTTPConnection": (lambda: http.client.HTTPConnection("a"), "open it inside"),
    "_io.StringIO": (lambda: io.StringIO("a"), "path"),
    "_io.BytesIO": (lambda: io.BytesIO(b"a"), "path"),
    "_io.BufferedRandom": (tempfile.TemporaryFile, "reads"),
    "memoryview": (lambda: memoryview(b"a"), "bytes"),
    "mmap.mmap": (lambda: mmap.mmap(-1, 8), "bytes"),
    "ctypes.c_int": (lambda: ctypes.c_int(1), "value"),
    "ctypes.CDLL": (lambda: ctypes.CDLL(None), "value"),
    "weakref.WeakSet": (lambda: weakref.WeakSet([Config]), "points to"),
    "weakref.WeakMethod": (lambda: weakref.WeakMethod(Config({}).__eq__), "points to"),
    "weakref.ProxyType": (lambda: weakref.proxy(Config), "points to"),
    "_contextvars.ContextVar": (lambda: contextvars.ContextVar("a"), "the value it has"),
    "_contextvars.Context": (contextvars.copy_context, "the value it has"),
    "generator": (numbers, "list or tuple"),
    "list_iterator": (lambda: iter([1]), "list or tuple"),
    "itertools.cycle": (lambda: itertools.cycle([1]), "list or tuple"),
    "async_generator": (lambda: others(), "list or tuple"),
    "logging.Logger": (lambda: logging.getLogger("a"), "ignore"),
    "random.SystemRandom": (random.SystemRandom, "from the system"),
}


@pytest.mark.parametrize("kind", LIVE)
def test_what_is_alive_is_refused_with_its_path_and_a_way_out(kind: str) -> None:
    make, word = LIVE[kind]
    made = make()

    with pytest.raises(FingerprintError) as caught:
        fingerprint({"rows": [made]})

    assert caught.value.path == "value → ['rows'] → [0]"
    assert caught.value.kind.rpartition(".")[2].endswith(kind.rpartition(".")[2][-4:])
    assert word in caught.value.hint


@pytest.mark.parametrize("kind", REFUSED)
def test_live_and_unknown_things_are_refused_by_name(kind: str) -> None:
    with pytest.raises(FingerprintError) as caught:
        fingerprint(REFUSED[kind]())

    assert caught.value.path == "value"
    assert caught.value.kind == kind.replace("weakref.ReferenceType", caught.value.kind)
    assert caught.value.hint


def test_an_open_file_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "a", "w") as file, pytest.raises(FingerprintError) as caught:
        fingerprint({"out": file})

    assert str(caught.value).startswith(
        "cannot fingerprint value → ['out']: _io.TextIOWrapper\nhint: "
    )


def test_a_coroutine_is_refused() -> None:
    running = coroutine()

    with contextlib.closing(running), pytest.raises(FingerprintError, match="coroutine"):
        fingerprint(running)

    with pytest.raises(FingerprintError, match="lock"):
        fingerprint([asyncio.Lock(), LOCK])


PATHS: dict[str, Any] = {
    "value → ['db'] → .lock: _thread.lock": {"db": with_attribute(Config({}), lock=LOCK)},
    "value → .db → ['main']: _thread.lock": Config({"main": LOCK}),
    "value → [0] → [1]: _thread.lock": [(1, LOCK)],
    "value → [1]: _thread.lock": {1: LOCK},
    "value → ['a'] → [None]: _thread.lock": {"a": {None: LOCK}},
    "value → ['a']: _thread.lock": OrderedDict(a=LOCK),
    "value → .items() → ['a']: _thread.lock": defaultdict(int, a=LOCK),
    "value → [0]: _thread.lock": deque([LOCK]),
    "value → .__dict__ → ['a']: _thread.lock": SimpleNamespace(a=LOCK),
    "value → .args → [0]: _thread.lock": ValueError(LOCK),
    "value → .lock: _thread.lock": with_attribute(Slotted(), lock=LOCK),
    "value → its content → [0]: _thread.lock": WithLock([LOCK]),
    "value → .__fingerprint__() → ['lock']: _thread.lock": Own(),
    "value → .keywords → ['lock']: _thread.lock": partial(print, lock=LOCK),
    "value → .__self__ → .lock: _thread.lock": with_attribute(Config({}), lock=LOCK).__eq__,
}


@pytest.mark.parametrize("message", PATHS)
def test_the_error_names_the_whole_path(message: str) -> None:
    with pytest.raises(FingerprintError) as caught:
        fingerprint(PATHS[message])

    assert caught.value.message == f"cannot fingerprint {message}"


@pytest.mark.parametrize(
    "value",
    [{LOCK}, frozenset([LOCK]), {LOCK: 1}, {(1, LOCK): 1}],
    ids=["set", "frozenset", "key", "in key"],
)
def test_the_error_names_the_container_of_what_has_no_name(value: Any) -> None:
    with pytest.raises(FingerprintError, match=re.escape("_thread.lock")) as caught:
        fingerprint(value)

    assert "an element" in caught.value.path or "a key" in caught.value.path


def test_an_iterator_is_not_consumed() -> None:
    iterators = [numbers(), iter([1]), map(int, "1"), zip([1], strict=True), itertools.chain([1])]

    for iterator in iterators:
        with pytest.raises(FingerprintError):
            fingerprint({"rows": iterator})

    assert [len(list(iterator)) for iterator in iterators] == [1] * len(iterators)


def test_an_error_is_one_of_ours_and_a_type_error() -> None:
    with pytest.raises(TypeError) as caught:
        fingerprint(LOCK)

    assert isinstance(caught.value, OrchestraCacheError)
    assert caught.value.__cause__ is None


def test_what_was_refused_once_is_refused_again_and_others_are_not() -> None:
    for _ in range(2):
        with pytest.raises(FingerprintError):
            fingerprint([1, LOCK])

        assert fingerprint([1, 2]) == fingerprint([1, 2])


def test_an_error_in_a_class_of_the_users_is_the_users() -> None:
    class Broken:
        def __fingerprint__(self) -> object:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        fingerprint([Broken()])
