"""Chunks are digested by several threads, whatever becomes of those."""

from __future__ import annotations

import threading

import pytest

from orchestra_cache.fingerprints.digest import digest_parts
from orchestra_cache.fingerprints.values.libraries.chunks import Run, digest_all


def numbers(start: int, stop: int) -> bytes:
    return digest_parts([bytes([number]) for number in range(start, stop)])


def twice(start: int, stop: int) -> bytes:
    return numbers(start, stop) + numbers(0, 1)


def test_digests_come_in_the_order_of_the_runs() -> None:
    runs = [Run(200, 3, numbers), Run(0, 3, numbers), Run(9, 3, twice, width=2), Run(2, 3, numbers)]

    together = digest_all(runs)

    assert together == [digest for run in runs for digest in digest_all([run])]
    assert len(set(together)) == 5


def test_an_error_in_any_chunk_is_raised_once_all_threads_are_done() -> None:
    def work(start: int, stop: int) -> bytes:
        if start == 40:
            raise LookupError(start)
        return numbers(start, stop)

    with pytest.raises(LookupError):
        digest_all([Run(200, 2, work)])

    assert not [thread for thread in threading.enumerate() if "digest" in thread.name]


def test_where_no_thread_can_be_started_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = digest_all([Run(200, 3, numbers)])

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert digest_all([Run(200, 3, numbers)]) == expected
