"""Which library reaches a place, and what happens in a fork."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.leases import ObjectLeases
from orchestra_cache.stores.remote import RemoteStore
from orchestra_cache.stores.transports import open_transport
from tests.integration.core.servers.emulators import ACCOUNT, ACCOUNT_KEY

needs_obstore = pytest.mark.skipif(find_spec("obstore") is None, reason="obstore is not installed")

KEYS = {"key": "test", "secret": "testtest"}
HERE = {"endpoint_url": "http://127.0.0.1:1"}
REGION = {"client_kwargs": {"region_name": "eu-west-1"}}
AZURE = {"account_name": ACCOUNT, "account_key": ACCOUNT_KEY}
WORDS = f"AccountName={ACCOUNT};BlobEndpoint=http://127.0.0.1:1/{ACCOUNT};"

SAME = {
    "keys and an endpoint": ("s3://b/p", {**KEYS, **HERE}),
    "keys and a region": ("s3://b/p", {**KEYS, **REGION}),
    "a session token": ("s3://b/p", {**KEYS, **HERE, "token": "t"}),
    "anonymous": ("s3://b/p", {"anon": True, **HERE}),
    "an account key": ("abfs://b/p", AZURE),
    "a signature": ("abfs://b/p", {"account_name": "a", "sas_token": "sv=1&sig=2"}),
    "a connection string": (
        "az://b/p",
        {"connection_string": f"{WORDS}AccountKey={ACCOUNT_KEY}"},
    ),
}
OTHER = {
    "credentials from around": ("s3://b/p", HERE),
    "no region": ("s3://b/p", KEYS),
    "encryption": ("s3://b/p", {**KEYS, **HERE, "s3_additional_kwargs": {}}),
    "a client that verifies nothing": (
        "s3://b/p",
        {**KEYS, **HERE, "client_kwargs": {"verify": False}},
    ),
    "an account from around": ("abfs://b/p", {**AZURE, "blocksize": 1}),
    "a request not to": ("s3://b/p", {**KEYS, **HERE, "asynchronous": False}),
    "google": ("gs://b/p", {"token": "anon", **HERE}),
}


def kind(url: str, options: dict[str, Any]) -> str:
    return type(open_transport(url, options)).__name__


@needs_obstore
@pytest.mark.parametrize("case", SAME)
def test_obstore_is_used_where_the_options_mean_the_same_to_it(case: str) -> None:
    assert kind(*SAME[case]) == "FastTransport"


@pytest.mark.parametrize("case", OTHER)
def test_any_other_option_is_left_to_the_library_that_knows_it(case: str) -> None:
    assert kind(*OTHER[case]) in ("AzureTransport", "GcsTransport", "S3Transport")


def test_opening_a_store_asks_nobody() -> None:
    RemoteStore("s3://b/p", options={**KEYS, **HERE})
    RemoteStore("nowhere://b/p")


def test_where_nobody_can_tell_who_was_first_no_lease_is_given(tmp_path: Path) -> None:
    store = RemoteStore(f"local://{tmp_path}", options={"auto_mkdir": True})
    lease = ObjectLeases(store).lease("main/leases-v1/task/1")

    with pytest.raises(StoreError, match="cannot tell who was first") as caught:
        lease.acquire()

    assert "redis://" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["seaweed", "gcs", "azurite"])
@pytest.mark.parametrize("options", [{}, {"asynchronous": False}], ids=["fastest", "library"])
def test_a_fork_reaches_the_same_place_by_connections_of_its_own(
    name: str,
    options: dict[str, Any],
    request: pytest.FixtureRequest,
    run_python: Callable[..., str],
) -> None:
    server = request.getfixturevalue(name)
    url = f"{server.scheme}://{server.bucket}/{uuid4().hex}"
    program = f"""
import os
from orchestra_cache.stores.remote import RemoteStore
options = { ({**server.storage_options, **options})!r}
store = RemoteStore({url!r}, options=options)
store.put("a", [b"parent"])
child = os.fork()
if not child:
    fresh = RemoteStore({url!r}, options=options)
    whole = store.put("b", [b"child"]) and fresh.get("a").data == store.get("a").data == b"parent"
    os._exit(0 if whole else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(code, bytes(store.get("b").data).decode())
"""

    assert run_python(program, timeout=60) == "0 child"


@needs_obstore
def test_leases_are_given_back_to_s3_without_its_library_which_takes_a_second_to_load(
    s3: tuple[str, dict[str, Any]], run_python: Callable[..., str]
) -> None:
    url, options = s3
    program = f"""
import sys
from orchestra_cache.stores.remote import RemoteStore
store = RemoteStore({url!r}, options={options!r})
first = store.exchange("a", b"1", version=None)
second = store.exchange("a", b"2", version=first)
of_first, there = store.delete("a", version=first), store.get("a") is not None
of_second, gone = store.delete("a", version=second), store.get("a") is None
again = store.delete("a", version=second)
print(of_first, there, of_second, gone, again, "s3fs" in sys.modules)
for _ in range(10):
    version = store.exchange("a", b"1", version=None)
    store.delete("a", version=version)
print(store.get("a") is None, "s3fs" in sys.modules)
"""

    told = run_python(program, timeout=60).split()

    assert told == ["False", "True", "True", "True", "True", "False", "True", "True"]
