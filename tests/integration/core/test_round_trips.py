"""What each operation costs, counted on the wire before real servers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Hit
from orchestra_cache.stores.remote import RemoteStore
from tests.integration.core.servers.proxy import Proxy

LIBRARY = {"asynchronous": False}
# A machine that is busy with other tests is no store that is down.
PATIENT = timedelta(minutes=1)
WAYS = {
    "seaweed-s3fs": ("seaweed", LIBRARY),
    "seaweed-obstore": ("seaweed", {}),
    "moto-s3fs": ("moto", LIBRARY),
    "moto-obstore": ("moto", {}),
    "gcs-gcsfs": ("gcs", LIBRARY),
    "azurite-adlfs": ("azurite", LIBRARY),
    "azurite-obstore": ("azurite", {}),
}
SMALL, LARGE = b"x" * 1000, 20 << 20


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    if "obstore" in request.param and find_spec("obstore") is None:
        pytest.skip("obstore is not installed")
    return request.param


@pytest.fixture
def server(way: str, request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(WAYS[way][0])


@pytest.fixture
def wire(server: Any, proxy: Callable[[int], Proxy]) -> Proxy:
    return proxy(server.port)


@pytest.fixture
def options(way: str, server: Any, wire: Proxy) -> dict[str, Any]:
    return {**server.options(wire.port), **WAYS[way][1]}


@pytest.fixture
def url(server: Any) -> str:
    return f"{server.scheme}://{server.bucket}/{uuid4().hex}"


@pytest.fixture
def store(url: str, options: dict[str, Any]) -> RemoteStore:
    return RemoteStore(url, options=options)


def write(way: str) -> str:
    return "POST" if way.startswith("gcs") else "PUT"


def test_every_operation_on_a_small_object_is_one_request(
    way: str, store: RemoteStore, wire: Proxy
) -> None:
    put = write(way)
    head = "GET" if way.startswith("gcs") else "HEAD"

    def cost(work: Callable[[], object]) -> dict[str, int]:
        wire.methods()
        work()
        return wire.methods()

    assert cost(lambda: store.get("a/b")) == {"GET": 1}
    assert cost(lambda: store.size("a/b")) == {head: 1}
    assert cost(lambda: store.put("a/b", [SMALL])) == {put: 1}
    assert cost(lambda: store.put("a/b", [SMALL])) == {put: 1}
    assert cost(lambda: store.get("a/b")) == {"GET": 1}
    assert cost(lambda: store.size("a/b")) == {head: 1}
    version = store.exchange("a/c", b"1", version=None)
    assert cost(lambda: store.exchange("a/c", b"2", version=version)) == {put: 1}
    assert cost(lambda: list(store.iter("a/"))) == {"LIST": 1}
    assert cost(lambda: store.delete("a/c")) == {"DELETE": 1}
    assert cost(lambda: store.delete("a/c")) == {"DELETE": 1}


def test_a_lost_exchange_is_one_write_and_one_read(
    way: str, store: RemoteStore, wire: Proxy
) -> None:
    store.exchange("a/b", b"other", version=None)
    wire.methods()

    wrote = store.exchange("a/b", b"mine", version=None)

    assert wrote is None
    assert wire.methods() == {write(way): 1, "GET": 1}


def test_a_large_object_is_got_by_one_request(way: str, store: RemoteStore, wire: Proxy) -> None:
    content = bytes(range(256)) * (LARGE // 256)
    store.put("a/b", [content])
    wire.methods()

    got = store.get("a/b")

    assert got is not None
    assert got.data == content
    assert not got.data.readonly
    # adlfs asks for 8 MiB at a time.
    assert wire.methods() == {"GET": 3 if way == "azurite-adlfs" else 1}


def test_a_large_object_is_not_written_over_another(store: RemoteStore) -> None:
    first = store.put("a/b", [b"first"])

    second = store.put("a/b", [bytes(LARGE)])

    got = store.get("a/b")
    assert (first, second) == (True, False)
    assert got is not None
    assert bytes(got.data) == b"first"


def test_transfers_tell_how_they_get_on(store: RemoteStore) -> None:
    moved: list[int] = []
    store.progress = moved.append
    pieces = [bytes(LARGE // 2), bytes(LARGE // 2)]

    store.put("a/b", pieces)
    sent = list(moved)
    del moved[:]
    store.get("a/b")

    # What surrounds the content in a request may count as well.
    assert LARGE <= sum(sent) < LARGE + 1000
    assert sum(moved) == LARGE
    assert min(len(sent), len(moved)) > 1


def test_a_miss_a_publish_and_a_hit_cost_what_the_design_says(
    way: str, url: str, options: dict[str, Any], wire: Proxy
) -> None:
    put = write(way)
    cache = Cache(url, storage_options=options, budget=PATIENT)
    small = cache.memoize(lambda n: [n])
    large = cache.memoize(lambda n: np.random.default_rng(n).random(n))

    costs = []
    for work in (
        lambda: small.lookup(1),
        lambda: small(1),
        lambda: small(1),
        lambda: large(100_000),
        lambda: large(100_000),
    ):
        wire.methods()
        work()
        costs.append(wire.methods())

    assert isinstance(large.lookup(100_000), Hit)
    assert costs == [
        {"GET": 1},
        {"GET": 1, put: 1},
        {"GET": 1},
        {"GET": 1, put: 2},
        {"GET": 2},
    ]


def test_a_listing_asks_for_pages_and_not_for_folders(
    way: str, server: Any, store: RemoteStore, wire: Proxy
) -> None:
    for number in range(12):
        store.put(f"a/{number}/{number}", [b"1"])
    wire.methods()

    listing = store.iter("a/1")
    found = [one.name for one in listing]

    assert sorted(found) == ["a/1/1", "a/10/10", "a/11/11"]
    assert wire.methods() == {"LIST": 1}


def test_conditions_are_sent_with_every_conditional_request(
    way: str, store: RemoteStore, wire: Proxy
) -> None:
    first = store.exchange("a/b", b"1", version=None)
    second = store.exchange("a/b", b"2", version=first)
    store.delete("a/b", version=second)

    sent = [
        {name.lower(): value for name, value in one.headers.items()} | {"query": one.query}
        for one in wire.requests
        if one.method in ("PUT", "POST", "DELETE")
    ]
    create, replace, delete = sent
    if way.startswith("gcs"):
        assert "ifGenerationMatch=0" in create["query"]
        assert f"ifGenerationMatch={first}" in replace["query"]
        assert f"ifGenerationMatch={second}" in delete["query"]
    else:
        assert create["if-none-match"] == "*"
        assert (replace["if-match"], delete["if-match"]) == (first, second)
