"""A fingerprint that is taken beside other work is the one that would be taken alone."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache, fingerprint
from orchestra_cache.fingerprints import origin
from orchestra_cache.identities import Identity
from orchestra_cache.outputs import encode
from orchestra_cache.parts import Parts


class Order:
    def __init__(self, number: int) -> None:
        self.number = number


@pytest.mark.parametrize("beside", [False, True])
def test_it_is_the_fingerprint_and_the_classes(beside: bool) -> None:
    value = [Order(1), np.arange(3)]
    identity = Identity(value)

    if beside:
        identity.begin()
        identity.begin()

    assert identity.digest == fingerprint(value)
    assert set(identity.made_of) >= {f"{__name__}:Order", "numpy"}


def test_a_value_without_one_has_none() -> None:
    identity = Identity([threading.Lock()])

    identity.begin()

    assert identity.digest is None


def test_what_goes_wrong_beside_goes_wrong_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Odd:
        def __fingerprint__(self) -> object:
            raise SystemError("odd")

    unhandled: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", unhandled.append)
    identity = Identity(Odd())
    identity.begin()

    with pytest.raises(SystemError):
        identity.digest  # noqa: B018
    assert unhandled == []


def test_it_is_taken_without_threads_where_there_are_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    identity = Identity([1])
    monkeypatch.setattr(threading.Thread, "start", refuse)
    identity.begin()

    assert identity.digest == fingerprint([1])


def test_a_large_result_is_fingerprinted_while_it_is_written(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = np.arange(2_000_000.0)
    taken: list[str] = []
    made_of, put = origin.made_of, type(cache.store).put
    written = threading.Event()

    def noted(kinds: Any) -> frozenset[str]:
        # Not before the bytes are: whoever waited for it first would never write them.
        assert written.wait(30)
        taken.append(threading.current_thread().name)
        return made_of(kinds)

    def watched(self: Any, name: str, pieces: Any) -> bool:
        done = put(self, name, pieces)
        written.set()
        return done

    monkeypatch.setattr("orchestra_cache.identities.made_of", noted)
    monkeypatch.setattr(type(cache.store), "put", watched)
    saved = Parts(cache.store, "main").save(encode(value, trusted=True))

    assert taken == ["orchestra-cache-identity"]
    assert saved.output.fingerprint == str(fingerprint(value))
