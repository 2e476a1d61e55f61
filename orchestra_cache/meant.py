"""What the terms of a declaration mean: one thing where there may be several is that one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from orchestra_cache.datasets import Dataset
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.values.nodes import short_repr

__all__ = ["datasets_of", "files_of", "flag_of", "names_of", "text_of", "things_of"]

# What is an object and has no code, however it is meant.
_PLAIN = (bool, int, float, complex, bytes, type(None))


def datasets_of(reads: object) -> tuple[Dataset, ...]:
    """The datasets that `reads` gives.

    Raises:
        ConfigurationError: It is, or holds, something else.
    """
    given = (reads,) if isinstance(reads, (str, os.PathLike, Dataset)) else _several("reads", reads)
    for one in given:
        if not isinstance(one, Dataset) or isinstance(one, type):
            raise ConfigurationError(
                f"reads holds {short_repr(one)}, which is not a dataset",
                "write `reads=[File('path or URL')]`",
            )
    return given


def names_of(term: str, given: object) -> frozenset[str]:
    """The names that a term gives; a text is the name that it is, not its letters.

    Raises:
        ConfigurationError: It is, or holds, something else.
    """
    names = (given,) if isinstance(given, str) else _several(term, given)
    _check_texts(term, names, "a name")
    return frozenset(names)


def files_of(files: object) -> tuple[str, ...]:
    """The paths that `files` gives.

    Raises:
        ConfigurationError: It is, or holds, something else.
    """
    several = (files,) if isinstance(files, (str, os.PathLike)) else _several("files", files)
    paths = tuple(os.fspath(one) if isinstance(one, os.PathLike) else one for one in several)
    _check_texts("files", paths, "a path")
    return paths


def things_of(depends_on: object) -> tuple[object, ...]:
    """The functions, classes, modules and what else has code that `depends_on` gives.

    Raises:
        ConfigurationError: It is, or holds, something that has none.
    """
    # A class may have elements, as an enumeration does, and a registry has names.
    single = isinstance(depends_on, (str, ModuleType, dict)) or callable(depends_on)
    things = (depends_on,) if single else _several("depends_on", depends_on)
    for one in things:
        if isinstance(one, _PLAIN) or one == "":
            raise ConfigurationError(
                f"depends_on holds {short_repr(one)}, which has no code",
                "give functions, classes or modules, or their names as `module:function`",
            )
    return things


def text_of(term: str, given: object, *, example: str) -> str | None:
    """A text, or that there is none.

    Raises:
        ConfigurationError: It is something else.
    """
    if given is None or isinstance(given, str):
        return given
    raise ConfigurationError(f"{term}={short_repr(given)} is not a text", f"write {example}")


def flag_of(term: str, given: object) -> bool:
    """True or False.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, bool):
        return given
    raise ConfigurationError(
        f"{term}={short_repr(given)} is neither True nor False", f"write `{term}=True`"
    )


def _several(term: str, given: object) -> tuple[Any, ...]:
    if isinstance(given, Iterable) and not isinstance(given, (bytes, type)):
        return tuple(given)
    raise ConfigurationError(
        f"{term}={short_repr(given)} cannot be meant", f"leave `{term}` out, or give a list"
    )


def _check_texts(term: str, given: Iterable[object], what: str) -> None:
    for one in given:
        if not isinstance(one, str) or not one:
            raise ConfigurationError(
                f"{term} holds {short_repr(one)}, which is not {what}",
                f"give {what}, or a list of several: `{term}=['…']`",
            )
