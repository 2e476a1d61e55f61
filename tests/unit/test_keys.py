"""A key is random, of a known kind, and kept where nobody else can read it."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Event, Failed
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.keyring import Keyring
from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half
from orchestra_cache.settings import find_cache
from tests.conftest import ROOT

KINDS = ("hmac-1", "ed25519-1", "ed25519-public-1")

needs_owners = pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")
needs_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files away"
)


def text(kind: str, data: bytes) -> str:
    return f"orchestra-cache-{kind}:{base64.b64encode(data).decode()}"


SAMPLES = [text(kind, digest_bytes(kind.encode()).raw) for kind in KINDS[:2]]


def secret_of(key: str) -> str:
    return key.partition(":")[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.key"
    path.write_text(f"# a comment\n\n{SAMPLES[0]}\n")
    path.chmod(0o600)
    return path


def used(*keys: str | Path) -> str:
    """The id of the key that a ring signs with."""
    return Keyring(keys).seal(b"", b"")[0]


def test_new_keys_differ_and_have_ids_that_differ() -> None:
    keys = [make() for make in (new_hmac_key, new_ed25519_key) for _ in range(50)]

    assert len(set(keys)) == len(keys)
    assert len({parse_key(key, "it").id for key in keys}) == len(keys)


def test_an_id_is_that_of_the_key_and_names_its_kind() -> None:
    ids = [parse_key(key, "it").id for key in SAMPLES]
    public = public_half(parse_key(SAMPLES[1], "it"))

    assert public is not None
    assert parse_key(public, "it").id == ids[1]
    assert re.fullmatch(r"hmac-[0-9a-f]{16}", ids[0])
    assert re.fullmatch(r"ed25519-[0-9a-f]{16}", ids[1])
    assert ids == [parse_key(f" {key}\n", "it").id for key in SAMPLES]


def test_ids_are_pinned() -> None:
    # An id that changes with a release is a key that nobody knows any more.
    data = digest_bytes(b"orchestra-cache").raw

    ids = [parse_key(text(kind, data), "it").id for kind in KINDS]

    assert ids == [
        "hmac-3e9c969de2eaf5cc",
        "ed25519-7d133c4c14d8775d",
        "ed25519-fdd95360fe5c7375",
    ]


WEAK = {
    "empty": b"",
    "short": bytes.fromhex("9f8a3c1db2e07754") * 2,
    "one byte short": os.urandom(31),
    "one byte more": os.urandom(33),
    "long": os.urandom(64),
    "zeros": bytes(32),
    "one byte again and again": b"\x9f" * 32,
    "a few bytes again and again": bytes.fromhex("9f8a3c1db2e07754") * 4,
    "a few bytes in any order": bytes(0x80 + one % 8 for one in digest_bytes(b"few").raw),
    "one half twice": bytes.fromhex("9f8a3c1db2e0775401f3e5d7c9bbad8f") * 2,
    "counted": bytes(range(32)),
    "counted by sevens": bytes(range(0, 224, 7)),
    "typed": b"correct horse battery staple, 12",
    "hexadecimal": b"9f8a3c1db2e0775401f3e5d7c9bbad8f",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WEAK)
def test_a_key_that_can_be_guessed_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    key = text(kind, WEAK[name])

    with pytest.raises(ConfigurationError) as caught:
        Cache(tmp_path, keys=[key])

    assert "keys[0]" in caught.value.message
    assert "orchestra-cache keygen" in caught.value.hint
    assert not secret_of(key) or secret_of(key) not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "orchestra-cache-hmac-2:" + secret_of(SAMPLES[0]),
        "orchestra-cache-:" + secret_of(SAMPLES[0]),
        "orchestra-cache-hmac-1:" + secret_of(SAMPLES[0])[:-1],
        "orchestra-cache-hmac-1:" + secret_of(SAMPLES[0]) + "é",
        "orchestra-cache-hmac-1: " + secret_of(SAMPLES[0]),
        "orchestra-cache-hmac-1:" + secret_of(SAMPLES[0])[:20] + "\n" + secret_of(SAMPLES[0])[20:],
        "ORCHESTRA-CACHE-HMAC-1:" + secret_of(SAMPLES[0]) + ":",
        secret_of(SAMPLES[0]),
        "revoked:" + secret_of(SAMPLES[0]),
        "",
        "  ",
        "a\0b",
    ],
)
def test_a_text_that_is_no_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        used(key)

    shown = f"{caught.value} {caught.value.__cause__}"
    assert "keys[0]" in shown
    assert secret_of(SAMPLES[0])[:20] not in shown
    assert secret_of(SAMPLES[0])[-20:] not in shown


@pytest.mark.parametrize("keys", [[], "", [""], ["revoked:hmac-0123456789abcdef"]])
def test_no_key_at_all_is_refused_where_keys_are_meant(keys: list[str], tmp_path: Path) -> None:
    # A variable that was not filled in must not turn signatures off.
    with pytest.raises(ConfigurationError):
        Cache(tmp_path, keys=keys)


def test_every_key_that_the_documentation_shows_is_refused() -> None:
    shown = {
        found
        for folder in ("docs", "orchestra_cache", "flows", "dags")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".md", ".py", ".toml")
        for found in re.findall(
            r"orchestra-cache-[a-z0-9-]+-1:[A-Za-z0-9+/=]{40,}", path.read_text()
        )
    }

    assert shown
    for key in shown:
        with pytest.raises(ConfigurationError, match="anybody can read"):
            parse_key(key, "it")


def test_the_first_key_signs_and_one_text_is_one_key() -> None:
    ids = [parse_key(key, "it").id for key in SAMPLES]

    assert [used(*SAMPLES), used(*reversed(SAMPLES))] == [ids[0], ids[1]]
    assert Keyring(SAMPLES[0]).seal(b"", b"")[0] == ids[0]


def test_the_key_to_sign_with_is_not_revoked() -> None:
    revoked = f"revoked:{parse_key(SAMPLES[0], 'it').id}"

    assert used(SAMPLES[1], SAMPLES[0], revoked) == parse_key(SAMPLES[1], "it").id
    with pytest.raises(ConfigurationError, match="is revoked"):
        used(SAMPLES[0], SAMPLES[1], revoked)


def test_a_key_lies_in_a_file(file: Path) -> None:
    expected = parse_key(SAMPLES[0], "it").id

    assert used(file) == used(str(file)) == expected


def test_a_key_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    keyring = Keyring([tmp_path / "later.key"])
    (tmp_path / "later.key").write_text(SAMPLES[0])
    (tmp_path / "later.key").chmod(0o600)

    assert keyring.seal(b"", b"")[0] == parse_key(SAMPLES[0], "it").id


@pytest.mark.parametrize("content", ["", "# nothing\n", "\n".join(SAMPLES), "no key\n", "\xff" * 9])
def test_a_file_that_holds_no_single_key_is_refused(file: Path, content: str) -> None:
    file.write_text(content)

    with pytest.raises(ConfigurationError, match=r"keys\[0\]") as caught:
        used(file)

    assert secret_of(SAMPLES[0]) not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="gone"):
        used(tmp_path / "gone.key")


@needs_owners
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644, 0o666, 0o777])
def test_a_key_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)

    with pytest.raises(ConfigurationError, match="can be read or changed by others"):
        used(file)


@needs_owners
def test_a_public_key_may_be_read_by_all_and_changed_by_none(file: Path) -> None:
    public = public_half(parse_key(SAMPLES[1], "it"))
    file.write_text(str(public))
    file.chmod(0o644)
    ring = Keyring([file])

    assert not ring.writes
    for mode in (0o664, 0o646):
        file.chmod(mode)
        with pytest.raises(ConfigurationError, match="can be changed by others"):
            assert Keyring([file]).writes


@needs_root
def test_a_key_file_of_another_user_is_refused(file: Path) -> None:
    os.chown(file, 65534, 65534)

    with pytest.raises(ConfigurationError, match="by others"):
        used(file)


@pytest.mark.parametrize(
    "inside", ["a.key", "main/a.key", "main/entries-v1/../a.key", "../c/a.key"]
)
def test_a_key_file_inside_the_cache_is_refused_at_once(tmp_path: Path, inside: str) -> None:
    with pytest.raises(ConfigurationError, match="lies inside the cache"):
        Cache(tmp_path / "c", keys=[tmp_path / "c" / inside])
    with pytest.raises(ConfigurationError, match="lies inside the cache"):
        Cache(f"file://{tmp_path / 'c'}", keys=[str(tmp_path / "c" / inside)])


def test_a_key_file_inside_a_near_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lies inside the cache"):
        Cache("memory://lake", near=tmp_path, keys=[tmp_path / "a.key"])


def test_a_key_file_beside_the_cache_is_not_inside(tmp_path: Path) -> None:
    (tmp_path / "cache.key").write_text(SAMPLES[0])
    (tmp_path / "cache.key").chmod(0o600)

    cache = Cache(tmp_path / "cache", keys=[tmp_path / "cache.key"])

    assert cache.memoize(lambda: 1)() == 1
    assert list((tmp_path / "cache").iterdir())


def test_a_link_to_a_key_file_inside_the_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "a.key").write_text(SAMPLES[0])
    (tmp_path / "cache" / "a.key").chmod(0o600)
    (tmp_path / "link").symlink_to(tmp_path / "cache" / "a.key")

    with pytest.raises(ConfigurationError, match="lies inside the cache"):
        Keyring([tmp_path / "link"], away_from=[str(tmp_path / "cache")]).seal(b"", b"")


def test_a_task_runs_uncached_where_its_key_file_is_gone(
    tmp_path: Path, events: list[Event]
) -> None:
    cache = Cache(tmp_path / "cache", keys=[tmp_path / "gone.key"])

    assert cache.memoize(lambda: 1)() == 1

    failed = [event for event in events if isinstance(event, Failed)]
    assert failed
    assert "gone.key" in str(failed[0].error)
    assert not (tmp_path / "cache").exists()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORCHESTRA_CACHE_FILE", raising=False)
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(tmp_path / "lake"))
    return tmp_path


@pytest.mark.parametrize("form", ["{0}", "{0} {1}", " {0}\n{1}", '["{0}", "{1}"]'])
def test_settings_take_keys(folder: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__KEYS", form.format(*SAMPLES))

    cache = find_cache("lake")

    assert cache._entries.seals.seal(b"", b"")[0] == parse_key(SAMPLES[0], "it").id
    assert secret_of(SAMPLES[0]) not in repr(cache)


def test_settings_take_key_files(folder: Path, file: Path) -> None:
    (folder / "orchestra-cache.toml").write_text(
        f'[caches.pond]\nurl = "pond"\nkeys = ["{file}"]\nread_from = ["main", "dev"]\n'
        'namespace = "ci"\n'
    )

    cache = find_cache("pond")

    assert cache._entries.seals.seal(b"", b"")[0] == parse_key(SAMPLES[0], "it").id
    assert cache._entries.read_from == ("main", "dev")


@pytest.mark.parametrize("given", ["", " ", "[]", '[""]'])
def test_a_variable_without_a_key_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__KEYS", given)

    with pytest.raises(ConfigurationError):
        find_cache("lake")


@pytest.mark.parametrize("name", ["key", "keys2", "secret_key", "url"])
def test_an_error_in_the_settings_shows_no_key(folder: Path, name: str) -> None:
    value = f'{{ a = "{SAMPLES[0]}" }}' if name == "url" else f'"{SAMPLES[0]}"'
    (folder / "orchestra-cache.toml").write_text(
        f'[caches.pond]\nurl = "x"\n{name} = {value}\n'
        if name != "url"
        else f"[caches.pond]\nurl = {value}\n"
    )

    with pytest.raises(ConfigurationError) as caught:
        find_cache("pond")

    shown = f"{caught.value} {caught.value.__cause__}"
    secret = secret_of(SAMPLES[0])
    assert name in caught.value.message
    assert not any(secret[start : start + 6] in shown for start in range(len(secret) - 6))
