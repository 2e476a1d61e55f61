"""Caches by name, from the environment and a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.settings import find_cache

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: Patch) -> Path:
    """A working directory of one's own, without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORCHESTRA_CACHE_FILE", raising=False)
    return tmp_path


def test_a_cache_is_named_by_the_environment(folder: Path, monkeypatch: Patch) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(folder / "lake"))
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__NAMESPACE", "dev")

    found = find_cache("lake")

    assert (found.place, found.namespace) == (str(folder / "lake"), "dev")
    assert find_cache("LAKE").place == found.place


def test_a_cache_is_named_by_the_file(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text(
        '[caches.lake]\nurl = "memory://lake"\ntrusted = true\nnamespace = "prod"\n'
        '[caches.lake.storage_options]\nkey = "k"\n'
    )

    found = find_cache("lake")

    assert (found.place, found.namespace, found.store.trusted) == ("memory://lake", "prod", True)


def test_the_file_may_lie_elsewhere(folder: Path, monkeypatch: Patch) -> None:
    (folder / "other.toml").write_text('[caches.lake]\nurl = "other"\n')
    monkeypatch.setenv("ORCHESTRA_CACHE_FILE", str(folder / "other.toml"))

    assert find_cache("lake").place == "other"


def test_the_environment_goes_before_the_file(folder: Path, monkeypatch: Patch) -> None:
    (folder / "orchestra-cache.toml").write_text(
        '[caches.lake]\nurl = "from-file"\n[caches.pond]\nurl = "pond"\n'
    )
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", "from-environment")

    assert find_cache("lake").place == "from-environment"
    assert find_cache("pond").place == "pond"


def test_the_leases_of_a_cache_may_lie_elsewhere(folder: Path, monkeypatch: Patch) -> None:
    pytest.importorskip("redis")
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(folder / "lake"))
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__LEASES", "redis://:password@localhost:1/0")

    found = find_cache("lake")

    assert found._assembly.leases == "redis://:password@localhost:1/0"


def test_an_unknown_name_lists_those_that_are_known(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text(
        '[caches.pond]\nurl = "pond"\n[caches.lake]\nurl = "lake"\n'
    )

    with pytest.raises(ConfigurationError) as caught:
        find_cache("sea")

    assert caught.value.message == "no cache is called 'sea'; configured: lake, pond"
    assert "ORCHESTRA_CACHE_CACHES__SEA__URL" in caught.value.hint


def test_an_unknown_name_without_settings_says_so() -> None:
    with pytest.raises(ConfigurationError, match="configured: none"):
        find_cache("lake")


def test_without_a_name_the_default_is_meant(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text('default = "lake"\n[caches.lake]\nurl = "lake"\n')

    assert find_cache().place == "lake"


def test_without_a_default_it_is_the_one_in_the_users_home() -> None:
    assert find_cache().place == Cache().place


def test_a_path_a_url_and_a_cache_are_what_they_are(folder: Path) -> None:
    cache = Cache("lake")

    assert find_cache(cache) is cache
    assert find_cache(folder).place == str(folder)
    assert find_cache("./lake").place == "./lake"
    assert find_cache("memory://lake").place == "memory://lake"


@pytest.mark.parametrize(
    "text",
    [
        '[caches.lake]\nurl = "lake"\ntypo = 1\n',
        "[caches.lake]\n",
        '[caches]\nlake = "lake"\n',
        "[caches.lake\n",
        '[caches.lake]\nurl = "lake"\ntrusted = "perhaps"\n',
    ],
)
def test_settings_that_do_not_make_sense_say_where(folder: Path, text: str) -> None:
    (folder / "orchestra-cache.toml").write_text(text)

    with pytest.raises(ConfigurationError) as caught:
        find_cache("lake")

    assert "orchestra-cache.toml" in caught.value.hint


def test_a_configured_place_that_cannot_be_meant_is_refused(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text('[caches.lake]\nurl = "s3//bucket"\n')

    with pytest.raises(ConfigurationError, match="s3//bucket"):
        find_cache("lake")


def test_tiers_are_configured_in_words(folder: Path) -> None:
    (folder / "orchestra-cache.toml").write_text(
        '[caches.lake]\nurl = "memory://lake"\nnear = "copies"\nnear_size = "2GiB"\n'
        'memory = "64MB"\nrecheck = "PT1M"\nbudget = 5\n'
    )

    find_cache("lake").memoize(lambda: "result")()

    assert list((folder / "copies").rglob("entries-v1"))


def test_tasks_of_one_process_share_a_named_cache_and_its_memory(
    folder: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(folder / "lake"))

    assert find_cache("lake") is find_cache("lake")
