"""No two names share a folder, and none leads out of the store."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from orchestra_cache.errors import StoreError
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.layout import (
    blob_name,
    check_namespace,
    entry_name,
    lease_name,
    task_prefix,
)

common = settings(deadline=None, max_examples=400)

DIGEST = digest_bytes(b"a")
NASTY = [
    "../x", "..", ".", "", "/", "/etc/passwd", "a/../../b", "a\\..\\b", "C:\\x", "\\\\host\\share",
    "a\0b", "\0", "x" * 300, "é" * 300, "é", "e\u0301", "ﬁ", "fi", "\u017f", "s", "ß", "ss",
    "\u0130", "i\u0307", "Main", "main", "MAIN", "ma\u0131n", "a.", "a", "a ", " a", "a..", "a. .",
    "con", "CON", "con.txt", "aux.", "nul", "com1", "com10", "lpt9.x.y", "prn~1", "~", "~root",
    "$HOME", "%2e%2e", "a~b", "a\nb", "a\tb", "\ud800", "\u202e", "\ufeff", "*", "?", "a:b",
    "-rf", ".hidden", ".writing-1", ".replace-lock", "entries-v1", "blobs-v1",
]  # fmt: skip
PORTS = [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
RESERVED = {"con", "prn", "aux", "nul", *PORTS}

pieces = st.one_of(st.sampled_from(NASTY), st.text(max_size=8), st.characters())
names = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=300),
    st.lists(pieces, max_size=6).map("".join),
    st.from_regex(r"\A[a-zA-Z._~]{1,12}\Z"),
)


def folder_of(task: str) -> str:
    return task_prefix("main", task).split("/", 2)[2].rstrip("/")


def seen_by_a_careless_file_system(folder: str) -> str:
    """A folder's name as Windows or macOS may take it."""
    return unicodedata.normalize("NFKD", folder).casefold().rstrip(". ")


@pytest.fixture(scope="module")
def store() -> Iterator[LocalStore]:
    with tempfile.TemporaryDirectory() as folder:
        yield LocalStore(Path(folder) / "root")


def twins(name: str) -> set[str]:
    made = {name.upper(), name.lower(), name.title(), name.swapcase(), name + ".", name + " "}
    made |= {unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    return made | {f"../{name}", f"{name}\0", f"{name}/", f"{name}~", name.strip(), name[:120]}


def test_nasty_names_have_folders_of_their_own() -> None:
    folders = {seen_by_a_careless_file_system(folder_of(name)) for name in NASTY}

    assert len(folders) == len(NASTY)


@common
@given(names, names)
def test_two_names_never_share_a_folder(one: str, other: str) -> None:
    for two in {other, *twins(one)} - {one}:
        folders = {seen_by_a_careless_file_system(folder_of(name)) for name in (one, two)}
        assert len(folders) == 2


@common
@given(names)
def test_a_folder_is_one_plain_part_of_a_path(name: str) -> None:
    folder = folder_of(name)

    assert folder.isascii()
    assert 0 < len(folder) <= 140
    assert all(one.isalnum() or one in "._~-" for one in folder)
    assert not folder.endswith(".")
    assert folder not in (".", "..")
    assert folder.partition(".")[0].lower() not in RESERVED


@common
@given(names, st.sampled_from(["main", "Main", "a.", "con", "A" * 63]))
def test_all_that_is_of_a_task_lies_inside_the_store(
    store: LocalStore, task: str, namespace: str
) -> None:
    key = CacheKey(task, DIGEST)
    for name in (entry_name(namespace, key), lease_name(namespace, key)):
        path = store._path(name)

        assert os.path.normpath(path) == path
        assert path.startswith(f"{store.root}/")
        assert len(path) - len(store.root) == len(name) + 1


@settings(common, max_examples=60)
@given(names)
def test_every_task_can_be_kept_on_a_disk(store: LocalStore, task: str) -> None:
    name = entry_name("main", CacheKey(task, DIGEST))

    store.put(name, [task.encode("utf-8", "surrogatepass")])
    found = store.get(name)

    assert found is not None
    assert bytes(found.data) == task.encode("utf-8", "surrogatepass")
    assert os.listdir(os.path.dirname(store.root)) == ["root"]


@common
@given(names, names)
def test_two_namespaces_never_share_a_folder(one: str, other: str) -> None:
    for two in {other, *twins(one)} - {one}:
        if check_namespace(one) and check_namespace(two):
            roots = {
                seen_by_a_careless_file_system(blob_name(name, DIGEST).split("/")[0])
                for name in (one, two)
            }
            assert len(roots) == 2


@common
@given(names)
def test_a_namespace_is_a_plain_name_or_none(name: str) -> None:
    if check_namespace(name):
        root = blob_name(name, DIGEST).split("/")[0]
        assert seen_by_a_careless_file_system(root).partition(".")[0] not in RESERVED
        assert set(root) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~"
        )
        assert root.strip(".")


@common
@given(names)
@example("../../x")
@example("main/../../x")
def test_no_name_leads_out_of_a_folder(store: LocalStore, name: str) -> None:
    assume(name.isprintable() or "\0" in name)
    outside = Path(store.root).parent / "x"
    outside.write_text("secret")
    try:
        for ask in (store.get, store.size, lambda name: store.delete(name), _put(store)):
            try:
                found = ask(name)
            except StoreError:
                continue
            assert not hasattr(found, "data") or bytes(found.data) != b"secret"
        assert outside.read_text() == "secret"
        assert sorted(os.listdir(outside.parent)) in (["root", "x"], ["x"])
    finally:
        outside.unlink()


def _put(store: LocalStore) -> object:
    return lambda name: store.put(name, [b"1"])
