"""What real clouds answer and servers for tests do not, given over the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss
from orchestra_cache.stores.remote import RemoteStore
from tests.integration.core.servers.proxy import Fault, Proxy, Request

LIBRARY = {"asynchronous": False}
# A machine that is busy with other tests is no store that is down.
PATIENT = timedelta(minutes=1)
WAYS = {
    "s3fs": ("seaweed", LIBRARY),
    "obstore": ("seaweed", {}),
    "gcsfs": ("gcs", LIBRARY),
    "adlfs": ("azurite", LIBRARY),
    "obstore-azure": ("azurite", {}),
}
S3_WAYS = ["s3fs", "obstore"]
AZURE_WAYS = ["adlfs", "obstore-azure"]


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


def reading(request: Request) -> bool:
    return request.method in ("GET", "HEAD")


def writing(request: Request) -> bool:
    return request.method in ("PUT", "POST")


def refusal(code: str, status: int = 403) -> dict[str, Any]:
    """What S3 and Azure say, and in a form that Google's library takes as well."""
    words = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>{words}'
    headers = {"Content-Type": "application/xml", "x-ms-error-code": code}
    return {"status": status, "body": body.encode(), "headers": headers}


@pytest.mark.parametrize("way", [*S3_WAYS, "gcsfs"], indirect=True)
def test_what_is_missing_to_those_who_may_not_list_is_a_miss_and_said_once(
    store: RemoteStore, wire: Proxy
) -> None:
    notices: list[StoreError] = []
    store.notice = notices.append
    wire.faults.append(Fault(reading, **refusal("AccessDenied")))

    found = [store.get("a/b"), store.get("a/b"), store.size("a/b")]

    assert found == [None, None, None]
    assert len(notices) == 1
    assert store.url in notices[0].message


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
@pytest.mark.parametrize("way", S3_WAYS, indirect=True)
def test_credentials_that_are_wrong_are_an_error(
    code: str, store: RemoteStore, wire: Proxy
) -> None:
    wire.faults.append(Fault(reading, **refusal(code)))

    with pytest.raises(StoreError):
        store.get("a/b")


@pytest.mark.parametrize("way", AZURE_WAYS, indirect=True)
def test_on_azure_a_refusal_is_an_error_for_missing_says_so(
    store: RemoteStore, wire: Proxy
) -> None:
    wire.faults.append(Fault(reading, **refusal("AuthorizationPermissionMismatch")))

    for read in (store.get, store.size):
        with pytest.raises(StoreError):
            read("a/b")


@pytest.mark.parametrize("way", [*S3_WAYS, *AZURE_WAYS], indirect=True)
def test_what_was_moved_to_an_archive_is_a_miss_and_said(
    way: str, store: RemoteStore, wire: Proxy
) -> None:
    notices: list[StoreError] = []
    store.notice = notices.append
    store.put("a/b", [b"1"])
    archived = (
        refusal("InvalidObjectState") if way in S3_WAYS else refusal("BlobArchived", status=409)
    )
    wire.faults.append(Fault(reading, **archived))

    found = store.get("a/b")

    assert found is None
    assert len(notices) == 1


def test_a_server_that_is_busy_is_asked_again(store: RemoteStore, wire: Proxy) -> None:
    store.put("a/b", [b"1"])
    wire.faults += [
        Fault(reading, times=1, **refusal("SlowDown", status=503)),
        Fault(writing, times=1, **refusal("SlowDown", status=503)),
    ]

    got = store.get("a/b")
    wrote = store.put("a/c", [b"2"])

    assert got is not None
    assert bytes(got.data) == b"1"
    assert wrote
    assert [fault.times for fault in wire.faults] == [0, 0]


@pytest.mark.parametrize("way", [*S3_WAYS, *AZURE_WAYS], indirect=True)
def test_a_server_that_stays_busy_is_asked_a_few_times(store: RemoteStore, wire: Proxy) -> None:
    wire.faults.append(Fault(reading, **refusal("SlowDown", status=503)))

    with pytest.raises(StoreError):
        store.get("a/b")
    asked = len(wire.requests)
    wire.faults[:] = [Fault(writing, **refusal("SlowDown", status=503))]
    with pytest.raises(StoreError):
        store.exchange("a/b", b"1", version=None)

    assert 2 <= asked <= 4
    # And once or twice whether the write was done all the same.
    assert 2 <= len(wire.requests) - asked <= 6


@pytest.mark.parametrize("status", [500, 0])
def test_a_write_that_was_done_but_not_confirmed_counts(
    status: int, store: RemoteStore, wire: Proxy
) -> None:
    first = store.exchange("a/b", b"first", version=None)

    def unconfirmed() -> None:
        wire.faults[:] = [Fault(writing, status, after=True, times=1)]

    unconfirmed()
    created = store.exchange("a/c", b"token 1", version=None)
    unconfirmed()
    replaced = store.exchange("a/b", b"token 2", version=first)
    unconfirmed()
    put = store.put("a/d", [b"blob"])

    found = {name: store.get(name) for name in ("a/b", "a/c", "a/d")}
    assert {name: bytes(one.data) for name, one in found.items() if one} == {
        "a/b": b"token 2",
        "a/c": b"token 1",
        "a/d": b"blob",
    }
    assert created == found["a/c"].version  # type: ignore[union-attr]
    assert replaced == found["a/b"].version  # type: ignore[union-attr]
    assert put in (True, False)


@pytest.mark.parametrize("way", [*S3_WAYS, *AZURE_WAYS], indirect=True)
def test_a_write_that_was_done_and_is_never_confirmed_counts(
    store: RemoteStore, wire: Proxy
) -> None:
    first = store.exchange("a/b", b"first", version=None)
    wire.faults.append(Fault(writing, **refusal("InternalError", status=500), after=True))

    created = store.exchange("a/c", b"token 1", version=None)
    replaced = store.exchange("a/b", b"token 2", version=first)
    put = store.put("a/d", [b"blob"])

    found = [store.get(name) for name in ("a/c", "a/b")]
    assert [one and one.version for one in found] == [created, replaced]
    assert [one and bytes(one.data) for one in found] == [b"token 1", b"token 2"]
    assert put


def test_a_write_that_another_was_faster_with_does_not_count(
    store: RemoteStore, wire: Proxy
) -> None:
    store.exchange("a/b", b"theirs", version=None)
    wire.faults.append(Fault(writing, times=1, **refusal("InternalError", status=500)))

    wrote = store.exchange("a/b", b"mine", version=None)

    assert wrote is None


def test_an_answer_that_is_cut_short_is_never_taken_for_an_object(
    store: RemoteStore, wire: Proxy
) -> None:
    small, large = b"0123456789" * 1000, bytes(9 << 20)
    store.put("small", [small])
    store.put("large", [large])
    wire.faults.append(Fault(reading, status=200, cut=True))

    for name in ("small", "large"):
        with pytest.raises(StoreError):
            store.get(name)


@pytest.mark.parametrize("way", [*S3_WAYS, "obstore-azure"], indirect=True)
def test_who_may_not_write_any_more_still_hits(
    url: str, options: dict[str, Any], wire: Proxy, events: list[Event]
) -> None:
    double = Cache(url, storage_options=options, budget=PATIENT).memoize(lambda n: 2 * n)
    double(1)
    wire.faults.append(Fault(writing, **refusal("AccessDenied")))
    del events[:]

    results = [double(1), double(2)]

    assert results == [2, 4]
    assert [type(event) for event in events] == [Hit, Miss, Failed]
