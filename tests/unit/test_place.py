"""Whether a text can be meant as the place of a cache is told before anything is opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.place import is_place
from orchestra_cache.stores import LocalStore, open_store
from orchestra_cache.stores.remote import RemoteStore


@pytest.mark.parametrize(
    "place", ["", "  ", "a\0b", "s3//bucket", "s3:/bucket", "gs//a", "https//a", "s3:bucket"]
)
def test_a_misspelt_place_is_refused_with_an_example(place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Cache(place)

    assert repr(place) in caught.value.message
    assert "s3://bucket/prefix" in caught.value.hint


@pytest.mark.parametrize("place", ["s3://", "s3:///", "gs://", "http://"])
def test_a_url_that_ends_after_its_scheme_is_refused(place: str) -> None:
    with pytest.raises(ConfigurationError, match="nothing follows the scheme"):
        Cache(place)


def test_an_unknown_scheme_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="fsspec knows no file system `s4`"):
        Cache("s4://bucket")


@pytest.mark.parametrize(
    ("place", "library", "extra"),
    [
        ("gs://bucket", "gcsfs", "gcs"),
        ("gcs://b", "gcsfs", "gcs"),
        ("az://b", "adlfs", "azure"),
        ("abfs://b", "adlfs", "azure"),
    ],
)
def test_a_scheme_whose_library_is_missing_says_what_to_install(
    place: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For Python's imports this is a module that is not there.
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(MissingExtraError) as caught:
        Cache(place)

    assert f"`{library}`" in caught.value.message
    assert caught.value.hint == f"pip install 'orchestra-cache[{extra}]'"
    assert isinstance(caught.value, ImportError)


def test_a_path_is_a_local_store(tmp_path: Path) -> None:
    places = [tmp_path, str(tmp_path), f"file://{tmp_path}", f"local://{tmp_path}"]

    stores = [Cache(place).store for place in places]

    assert all(isinstance(store, LocalStore) for store in stores)
    assert {store.url for store in stores} == {str(tmp_path)}


def test_a_relative_path_and_a_home_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    urls = [Cache("lake").store.url, Cache("~/lake").store.url, Cache().store.url]

    assert urls == [
        str(tmp_path / "lake"),
        str(tmp_path / "home" / "lake"),
        str(tmp_path / "home" / ".cache" / "orchestra-cache"),
    ]


def test_a_url_is_a_remote_store() -> None:
    assert isinstance(open_store("memory://a"), RemoteStore)
    assert isinstance(open_store("s3://bucket/a"), RemoteStore)


def test_making_a_cache_touches_nothing(tmp_path: Path) -> None:
    Cache(tmp_path / "cache")
    Cache("s3://bucket", storage_options={"endpoint_url": "http://127.0.0.1:1"})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("namespace", ["", ".", "..", "a/b", "../a", "a b", "a\n", "é", "a" * 64])
def test_a_namespace_is_one_plain_name(namespace: str) -> None:
    with pytest.raises(ConfigurationError, match="namespace"):
        Cache("lake", namespace=namespace)


@pytest.mark.parametrize("namespace", ["main", "a.b-c_D", "0", "a" * 63])
def test_a_plain_name_is_a_namespace(namespace: str) -> None:
    assert Cache("lake", namespace=namespace).namespace == namespace


def test_names_are_told_from_places() -> None:
    places = ["./lake", "/lake", "~/lake", "lake/", "s3://lake", "a\\b", "C:x", "."]
    names = ["lake", "my-lake", "lake_2"]

    assert [is_place(text) for text in places] == [True] * len(places)
    assert [is_place(text) for text in names] == [False] * len(names)
