"""Secrets differ when they differ; with a key nobody can guess them; it is noted that they are."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from blake3 import blake3
from pydantic import BaseModel, Secret, SecretBytes, SecretStr, v1

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.testing import identical

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


class Password(SecretStr):
    pass


class Pin(Secret[int]):
    pass


class Login(BaseModel):
    user: str
    password: SecretStr


SECRETS: list[Any] = [
    SecretStr("a"),
    SecretStr("b"),
    SecretBytes(b"a"),
    SecretBytes(b"b"),
    Secret("a"),
    Secret(1),
    Secret(True),
    Pin(1),
    Password("a"),
    v1.SecretStr("a"),
    v1.SecretBytes(b"a"),
    Login(user="a", password=SecretStr("a")),
    Login(user="a", password=SecretStr("b")),
    "a",
    b"a",
]


def keyed(value: object, key: bytes | None) -> Any:
    writer = encoder()
    writer.secret = key
    return writer.digest(value)


def noted(value: object) -> bool:
    writer = encoder()
    writer.digest(value)
    return writer.secrets


@pytest.mark.parametrize("key", [None, KEY])
def test_secrets_differ_when_they_differ(key: bytes | None) -> None:
    digests = [keyed(value, key) for value in SECRETS]

    assert len(set(digests)) == len(SECRETS)
    assert digests == [keyed(copy.deepcopy(value), key) for value in SECRETS]


@pytest.mark.parametrize("value", SECRETS, ids=range(len(SECRETS)))
def test_copies_and_pickles_of_a_secret_do_not_show(value: Any) -> None:
    copies = [copy.deepcopy(value), pickle.loads(pickle.dumps(value))]

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}
    assert all(identical(other, value) for other in copies)


def test_a_key_changes_the_digest_of_secrets_alone() -> None:
    secret, plain = {"login": SECRETS[-4]}, {"login": ["a"]}

    assert len({keyed(secret, key) for key in (None, KEY, OTHER_KEY)}) == 3
    assert len({keyed(plain, key) for key in (None, KEY, OTHER_KEY)}) == 1


def test_a_key_is_used_as_the_key_of_the_hash() -> None:
    from orchestra_cache.fingerprints.digest import combine
    from orchestra_cache.fingerprints.grammar import binary, mapping, node, text

    held = mapping([(text("_secret_value"), text("a"))])
    tag = b"orchestra-cache/1/secret"
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in (tag, held))
    hidden = binary(blake3(framed, key=KEY).digest())
    body = node("secret", text("pydantic.types.SecretStr"), hidden)

    assert keyed(SecretStr("a"), KEY) == combine("value", body)


def test_it_is_noted_that_a_secret_was_met() -> None:
    assert noted([SecretStr("a")])
    assert noted({Password("a"): 1})
    assert noted(Login(user="a", password=SecretStr("a")))
    assert not noted(["a"])


def test_an_error_does_not_show_the_secret() -> None:
    with pytest.raises(FingerprintError) as caught:
        fingerprint({SecretStr("hush"): Secret(memoryview(b"hush"))})

    assert "hush" not in str(caught.value)
    assert "memoryview" in str(caught.value)
