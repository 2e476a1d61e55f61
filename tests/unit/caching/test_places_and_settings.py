"""Which cache is meant, and what is said where none can be."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.settings import find_cache


@pytest.mark.parametrize(
    "place", ["", "  ", "s3://", "s3//bucket", "s3:/bucket", "nosuch://x", "a\0b", "gs:///"]
)
def test_a_place_that_cannot_be_meant_is_refused_at_once(place: str) -> None:
    with pytest.raises(ConfigurationError, match=r"(?s)cannot make a cache of .*hint: "):
        Cache(place)


def test_a_missing_library_is_named_with_what_to_install() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'orchestra-cache\[azure\]'"):
        Cache("abfs://container/prefix")


@pytest.mark.parametrize("namespace", ["", "..", "a/b", "a b", "x" * 64])
def test_a_namespace_is_one_plain_name(namespace: str) -> None:
    with pytest.raises(ConfigurationError, match="namespace="):
        Cache("/tmp/x", namespace=namespace)


def test_making_a_cache_touches_nothing(tmp_path: Path) -> None:
    Cache(tmp_path / "cache")

    assert list(tmp_path.iterdir()) == []


def test_a_cache_can_be_copied_and_sent(tmp_path: Path) -> None:
    cache = Cache(tmp_path, namespace="other")

    copies = [copy.deepcopy(cache), pickle.loads(pickle.dumps(cache))]

    assert {repr(one) for one in copies} == {repr(cache)}


def test_a_cache_without_a_place_is_in_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")

    assert Cache().store.url == "/home/somebody/.cache/orchestra-cache"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("ORCHESTRA_CACHE_FILE", "ORCHESTRA_CACHE_DEFAULT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_name_is_found_in_the_file(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text('[caches.lake]\nurl = "/data/lake"\n')

    assert find_cache("lake").place == "/data/lake"


def test_a_name_is_found_in_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", "memory://lake")
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__TRUSTED", "true")

    cache = find_cache("lake")

    assert cache.place == "memory://lake"
    assert cache.store.trusted


def test_the_environment_goes_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "orchestra-cache.toml").write_text('[caches.lake]\nurl = "/data/lake"\n')
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", "/data/other")

    assert find_cache("lake").place == "/data/other"


def test_an_unknown_name_is_refused_with_the_known_ones(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text('[caches.lake]\nurl = "/data/lake"\n')

    with pytest.raises(ConfigurationError, match=r"no cache is called 'pond'; configured: lake"):
        find_cache("pond")


def test_settings_that_make_no_sense_are_told(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text('[caches.lake]\nurl = "/x"\ncolour = "red"\n')

    with pytest.raises(ConfigurationError, match=r"(?s)do not make sense.*colour"):
        find_cache("lake")


@pytest.mark.parametrize("place", ["/data/x", "./x", "~/x", "memory://x"])
def test_a_place_needs_no_settings(folder: Path, place: str) -> None:
    assert find_cache(place).place == place


def test_the_default_is_a_name_or_a_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", "/data/lake")
    monkeypatch.setenv("ORCHESTRA_CACHE_DEFAULT", "lake")
    by_name = find_cache()
    monkeypatch.setenv("ORCHESTRA_CACHE_DEFAULT", "/data/other")

    assert by_name.place == "/data/lake"
    assert find_cache().place == "/data/other"


def test_a_cache_is_itself(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    assert find_cache(cache) is cache
