"""The keys that a cache was given: told apart at once, read when first needed."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from functools import cached_property

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.digest import Buffer
from orchestra_cache.keys import PREFIX, parse_key
from orchestra_cache.stores.seals import Checksum, Seals
from orchestra_cache.stores.signatures import Key, Signatures, signatures_of

__all__ = ["KeySource", "Keyring", "seals_of"]

# A key as text, the path of a file that holds one, or `revoked:` and the id of one.
KeySource = str | os.PathLike[str]

_REVOKED = re.compile(r"revoked:((?:hmac|ed25519)-[0-9a-f]{16})")

# A key file has one line and a few comments.
_LARGEST = 1 << 16

_HINT = "give texts or files that `orchestra-cache keygen` made"


def seals_of(keys: Sequence[KeySource] | None, *, away_from: Sequence[str] = ()) -> Seals:
    """The seals that a cache's `keys` mean; without any, checksums.

    Raises:
        ConfigurationError: A key cannot be meant. Files are looked at when first needed.
    """
    return Checksum() if keys is None else Keyring(keys, away_from=away_from)


class Keyring:
    """Seals by the first of some keys; those of all are accepted, except what is revoked.

    Args:
        away_from: Folders that others may read or write, where a key file must not lie.
    """

    signed = True

    def __init__(self, keys: Sequence[KeySource], *, away_from: Sequence[str] = ()) -> None:
        given = [keys] if isinstance(keys, (str, os.PathLike)) else list(keys)
        texts = [os.fspath(one).strip() for one in given]
        found = [_REVOKED.fullmatch(text) for text in texts]
        self._away_from = tuple(_absolute(folder) for folder in away_from)
        self._revoked = frozenset(match[1] for match in found if match)
        self._sources = [
            _source(text, f"keys[{number}]", self._away_from)
            for number, text in enumerate(texts)
            if not found[number]
        ]
        if not self._sources:
            raise ConfigurationError("`keys` holds no key", _HINT)

    def __getstate__(self) -> dict[str, object]:
        # What a key became in the memory of this process does not travel.
        return {name: held for name, held in vars(self).items() if name != "_signatures"}

    @cached_property
    def _signatures(self) -> Signatures:
        keys = [
            parse_key(text, where) if path is None else _read(path, where, self._away_from)
            for text, path, where in self._sources
        ]
        return signatures_of(keys, self._revoked)

    @property
    def writes(self) -> bool:
        return self._signatures.writes

    def seal(self, context: bytes, body: Buffer) -> tuple[str, str]:
        return self._signatures.seal(context, body)

    def check(self, key_id: str, seal: str, context: bytes, body: Buffer) -> None:
        self._signatures.check(key_id, seal, context, body)


def _source(text: str, where: str, away_from: Sequence[str]) -> tuple[str, str | None, str]:
    """A text that is a key, or the path of a file that may hold one."""
    if not text or "\0" in text:
        raise ConfigurationError(f"{where} is empty or has a null character", _HINT)
    if text.startswith(PREFIX) and ":" in text:
        parse_key(text, where)
        return text, None, where
    if text.startswith("revoked:"):
        raise ConfigurationError(
            f"{where} does not revoke a key", "write `revoked:` and the id that keygen printed"
        )
    path = _absolute(text)
    _check_away(path, where, away_from)
    return "", path, where


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _check_away(path: str, where: str, folders: Sequence[str]) -> None:
    for folder in folders:
        if os.path.join(path, "").startswith(os.path.join(folder, "")):
            raise ConfigurationError(
                f"the key file of {where} lies inside the cache at {folder}",
                "move it where only those can read it who may write results",
            )


def _read(path: str, where: str, away_from: Sequence[str]) -> Key:
    _check_away(os.path.realpath(path), where, [os.path.realpath(one) for one in away_from])
    text, status = _content(path, where)
    shown = f"{where} ({path})"
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise ConfigurationError(f"the file of {shown} holds {len(lines)} keys, not one", _HINT)
    key = parse_key(lines[0], shown)
    if _open_to_others(status, secret=key.signs):
        verb = "read or changed" if key.signs else "changed"
        raise ConfigurationError(
            f"the key file of {shown} can be {verb} by others",
            "let it be yours, or root's, with mode 600",
        )
    return key


def _content(path: str, where: str) -> tuple[str, os.stat_result]:
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST).decode("ascii", "replace"), os.fstat(file.fileno())
    except OSError as error:
        # What is no file could be a key that lost its prefix; no key has a dot. Not `from` the
        # error, which names it.
        shown = path if "." in os.path.basename(path) and ":" not in path else "not shown"
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"cannot read the key file of {where} ({shown}): {reason}", _HINT
        ) from None


def _open_to_others(status: os.stat_result, *, secret: bool) -> bool:
    """Whether a file may be written by others than its user, or read if it is `secret`.

    One that belongs to root may be read by a group: so a container without privileges gets it.
    """
    if not hasattr(os, "getuid"):
        return False
    forbidden = stat.S_IWGRP | stat.S_IWOTH
    if secret:
        forbidden |= stat.S_IROTH
        forbidden |= stat.S_IRGRP if status.st_uid == os.getuid() else 0
    return status.st_uid not in (0, os.getuid()) or bool(status.st_mode & forbidden)
