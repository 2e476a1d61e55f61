"""Secrets among arguments are part of the key, and nothing that is stored tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretBytes, SecretStr

from orchestra_cache import Cache, fingerprint
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Hit, Miss
from orchestra_cache.settings import find_cache

KEY = "3c9d1f0ab2e84756" * 4
OTHER = "78a1bd02c4f5e396" * 4


class Login(BaseModel):
    user: str
    password: SecretStr


def load(table: str, password: SecretStr, limit: int = 1) -> str:
    return table


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SecretStr("sesame"), SecretStr("mellon")),
        (SecretBytes(b"sesame"), SecretBytes(b"mellon")),
        ({"to": [SecretStr("sesame")]}, {"to": [SecretStr("mellon")]}),
        (
            Login(user="ann", password=SecretStr("sesame")),
            Login(user="ann", password=SecretStr("mellon")),
        ),
    ],
    ids=["text", "bytes", "nested", "model"],
)
def test_another_secret_is_another_key(tmp_path: Path, one: Any, other: Any) -> None:
    task = Cache(tmp_path).memoize(lambda secret: 1)

    assert task.recipe(one).key == task.recipe(one).key
    assert task.recipe(one).key != task.recipe(other).key


def test_a_call_with_the_same_secret_is_a_hit(tmp_path: Path) -> None:
    task = Cache(tmp_path, secrets_key=KEY).memoize(load)

    task("orders", SecretStr("sesame"))

    assert isinstance(task.lookup("orders", SecretStr("sesame")), Hit)
    assert isinstance(task.lookup("orders", SecretStr("mellon")), Miss)


@pytest.mark.parametrize("key", [None, KEY])
def test_no_digest_of_a_secret_alone_is_stored(tmp_path: Path, key: str | None) -> None:
    task = Cache(tmp_path, secrets_key=key).memoize(load)
    secret = SecretStr("sesame")

    task("orders", secret)

    names = [one.name for one in task.recipe("orders", secret).components]
    assert "secrets" in names
    assert "parameter:password" not in names
    data = stored(tmp_path)
    assert fingerprint(secret).hex.encode() not in data
    assert b"sesame" not in data


def test_two_calls_do_not_show_that_they_share_a_secret(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(load)

    recipes = [task.recipe(table, SecretStr("sesame")) for table in ("orders", "items")]

    shown = [{one.name: one.digest for one in recipe.components}["secrets"] for recipe in recipes]
    assert shown[0] != shown[1]


def test_under_a_key_nobody_without_it_can_tell_which_secret_it_was(tmp_path: Path) -> None:
    keys = {
        key: Cache(tmp_path, secrets_key=key).memoize(load).recipe("orders", SecretStr("x")).key
        for key in (None, KEY, OTHER)
    }

    assert len(set(keys.values())) == 3


def test_a_call_without_secrets_has_one_key_whatever_the_key_for_secrets(tmp_path: Path) -> None:
    task = load.__wrapped__ if hasattr(load, "__wrapped__") else load

    keys = {
        Cache(tmp_path, secrets_key=key).memoize(task).recipe("a", "b").key for key in (None, KEY)
    }

    assert len(keys) == 1


def test_an_explanation_names_secrets_only_if_nothing_else_differs(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(load)
    task("orders", SecretStr("sesame"))

    only = task.explain("orders", SecretStr("mellon"))
    both = task.explain("items", SecretStr("mellon"))

    assert [change.component for change in only.changes] == ["secrets"]
    assert [change.component for change in both.changes] == ["parameter:table"]
    assert "mellon" not in str(only) and "sesame" not in str(only)


@pytest.mark.parametrize("key", ["", "short", "x" * 64, b"0123" * 16, "changeme" * 8])
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, key: str | bytes) -> None:
    with pytest.raises(ConfigurationError, match="secrets_key") as refused:
        Cache(tmp_path, secrets_key=key)

    assert "token_hex" in str(refused.value.hint)


def test_a_key_is_not_shown(tmp_path: Path) -> None:
    cache = Cache(tmp_path, secrets_key=KEY)

    assert KEY not in repr(cache)
    assert KEY not in repr(vars(cache).get("_entries"))


def test_a_key_can_be_set_for_a_cache_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(tmp_path))
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__SECRETS_KEY", KEY)

    key = find_cache("lake").memoize(load).recipe("orders", SecretStr("x")).key

    assert (
        key == Cache(tmp_path, secrets_key=KEY).memoize(load).recipe("orders", SecretStr("x")).key
    )


PASSWORD = SecretStr("sesame")


def connect(table: str) -> tuple[str, SecretStr]:
    return table, PASSWORD


@pytest.mark.parametrize("key", [None, KEY])
def test_no_digest_of_a_secret_in_the_code_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    task = Cache(tmp_path, secrets_key=key).memoize(connect)

    before = task.recipe("orders")
    monkeypatch.setitem(globals(), "PASSWORD", SecretStr("mellon"))
    after = task.recipe("orders")

    assert before.key != after.key
    assert not [one.name for one in before.components if "PASSWORD" in one.name]


def test_secrets_in_the_code_are_digested_under_the_key(tmp_path: Path) -> None:
    keys = {
        Cache(tmp_path, secrets_key=key).memoize(connect).recipe("orders").key
        for key in (None, KEY, OTHER)
    }

    assert len(keys) == 3


API_TOKEN = "hunter2"


def fetch(table: str, password: str = "hunter2") -> tuple[str, str]:
    return table, password + API_TOKEN


def test_constants_and_defaults_that_sound_secret_are_not_shown(tmp_path: Path) -> None:
    components = Cache(tmp_path).memoize(fetch).recipe("orders").components

    assert any(one.name.endswith("API_TOKEN") for one in components)
    assert not [one for one in components if "hunter2" in one.shown]
