"""Whether what the user wrote is a place for a cache, told before anything is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec

from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.stores.layout import check_namespace

__all__ = [
    "DEFAULT",
    "checked_namespace",
    "checked_place",
    "checked_sources",
    "is_folder",
    "is_place",
    "plausible_place",
    "shown_place",
]

DEFAULT = os.path.join("~", ".cache", "orchestra-cache")

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)

# What to install for a scheme; asking for the module costs no import.
_EXTRAS = {
    "s3": ("s3fs", "s3"),
    "s3a": ("s3fs", "s3"),
    "gs": ("gcsfs", "gcs"),
    "gcs": ("gcsfs", "gcs"),
    "abfs": ("adlfs", "azure"),
    "abfss": ("adlfs", "azure"),
    "az": ("adlfs", "azure"),
}
# `s3:/bucket`, `s3//bucket`: a folder of that name is hardly meant.
_MISSPELT = re.compile(r"[A-Za-z0-9]{2,}:|(s3a?|gs|gcs|abfss?|az|https?)//")
_WITHOUT_HOST = ("file", "memory", "local")


def is_place(text: str) -> bool:
    """Whether a text is a path or URL rather than the name of a configured cache."""
    return bool(re.search(r"[/\\:~]", text)) or text.startswith(".")


def is_folder(text: str) -> bool:
    """Whether a text may be a folder of this machine: a URL is not, taken for a path or not."""
    return bool(text.strip()) and "\0" not in text and not _MISSPELT.match(text)


def checked_place(place: str | os.PathLike[str]) -> str:
    """A path or URL that can be opened, as text.

    Raises:
        ConfigurationError: It is neither, or its scheme is unknown.
        MissingExtraError: The library for its scheme is not installed.
    """
    text = plausible_place(place)
    match = _URL.fullmatch(text)
    if match is not None:
        _check_scheme(text, match["scheme"].lower())
    return text


def plausible_place(place: str | os.PathLike[str]) -> str:
    """A path or URL that some machine can open, as text: which libraries it has is not known.

    Raises:
        ConfigurationError: It is neither.
    """
    text = os.fspath(place)
    if not text.strip() or "\0" in text:
        raise _unusable(text, "it is empty or has a null character")
    match = _URL.fullmatch(text)
    if match is None and _MISSPELT.match(text):
        raise _unusable(text, "it is neither a path nor a URL")
    if match and not match["rest"].strip("/") and match["scheme"].lower() not in _WITHOUT_HOST:
        raise _unusable(text, "nothing follows the scheme")
    return text


def checked_namespace(namespace: object) -> str:
    if not isinstance(namespace, str) or not check_namespace(namespace):
        raise ConfigurationError(
            f"namespace={namespace!r} is not one plain name",
            "use up to 63 letters, digits, dots, dashes and underscores",
        )
    return namespace


def checked_sources(read_from: Sequence[str], own: str) -> tuple[str, ...]:
    """The other namespaces to look in, in order."""
    names = (read_from,) if isinstance(read_from, str) else tuple(read_from)
    return tuple(dict.fromkeys(checked_namespace(name) for name in names if name != own))


def _check_scheme(url: str, scheme: str) -> None:
    library = _EXTRAS.get(scheme)
    if library is not None and find_spec(library[0]) is None:
        raise MissingExtraError(*library)
    if library is None and scheme not in _WITHOUT_HOST:
        from fsspec.registry import available_protocols, registry

        if scheme not in available_protocols() and scheme not in registry:
            raise _unusable(url, f"fsspec knows no file system `{scheme}`")


def shown_place(place: str) -> str:
    """A place without the name and password that a URL may hold."""
    return re.sub(r"(?<=://)[^/@]*@", "…@", place)


def _unusable(place: object, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"cannot make a cache of {shown_place(str(place))!r}: {why}",
        "give a folder such as `~/.cache/lake` or a URL such as `s3://bucket/prefix`",
    )
