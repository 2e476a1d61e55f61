"""What the terms of a declaration mean: one thing where there may be several is that one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from orchestra_cache.datasets.base import Dataset, is_dataset
from orchestra_cache.environment import checked_packages
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.values.nodes import short_repr

__all__ = ["meant", "names_of", "several"]

# What is an object and has no code, however it is meant.
_PLAIN = (bool, int, float, complex, bytes, type(None))
_EXAMPLES = {"version": "'3'", "codec": "'parquet'"}


def meant(**terms: object) -> dict[str, Any]:
    """Terms of a declaration, each in the one form that it has inside: tuples, sets of names.

    Raises:
        ConfigurationError: A term is given, or holds, what it cannot mean.
    """
    # Of most terms a task says nothing, and a DAG may have thousands of tasks.
    known = ((name, given, _TERMS[name]) for name, given in terms.items())
    return {
        name: term.meaning if given is term.default else term.rule(name, given)
        for name, given, term in known
    }


def names_of(term: str, given: object) -> frozenset[str]:
    """The names that a term gives; a text is the name that it is, not its letters.

    Raises:
        ConfigurationError: It is, or holds, something else.
    """
    names = (given,) if isinstance(given, str) else several(term, given)
    _check_texts(term, names, "a name")
    return frozenset(names)


def several(term: str, given: object) -> tuple[Any, ...]:
    """The elements of what a term gives.

    Raises:
        ConfigurationError: It has none.
    """
    if isinstance(given, Iterable) and not isinstance(given, (bytes, type)):
        return tuple(given)
    raise ConfigurationError(
        f"{term}={short_repr(given)} cannot be meant", f"leave `{term}` out, or give a list"
    )


def _datasets(term: str, given: object) -> tuple[Dataset, ...]:
    single = isinstance(given, (str, os.PathLike, type)) or is_dataset(given)
    datasets = (given,) if single else several(term, given)
    for one in datasets:
        if not is_dataset(one):
            raise ConfigurationError(
                f"{term} holds {short_repr(one)}, which is not a dataset",
                "write `reads=[File('path or URL')]`",
            )
    return datasets


def _files(term: str, given: object) -> tuple[str, ...]:
    files = (given,) if isinstance(given, (str, os.PathLike)) else several(term, given)
    paths = tuple(os.fspath(one) if isinstance(one, os.PathLike) else one for one in files)
    _check_texts(term, paths, "a path")
    return paths


def _things(term: str, given: object) -> tuple[object, ...]:
    # A class may have elements, as an enumeration does, and a registry has names.
    single = isinstance(given, (str, ModuleType, dict)) or callable(given)
    things = (given,) if single else several(term, given)
    for one in things:
        if isinstance(one, _PLAIN) or (isinstance(one, str) and not one):
            raise ConfigurationError(
                f"{term} holds {short_repr(one)}, which has no code",
                "give functions, classes or modules, or their names as `module:function`",
            )
    return things


def _text(term: str, given: object) -> str | None:
    if given is None or isinstance(given, str):
        return given
    raise ConfigurationError(
        f"{term}={short_repr(given)} is not a text", f"write `{term}={_EXAMPLES[term]}`"
    )


def _flag(term: str, given: object) -> bool:
    if isinstance(given, bool):
        return given
    raise ConfigurationError(
        f"{term}={short_repr(given)} is neither True nor False", f"write `{term}=True`"
    )


def _check_texts(term: str, given: Iterable[object], what: str) -> None:
    for one in given:
        if not isinstance(one, str) or not one:
            raise ConfigurationError(
                f"{term} holds {short_repr(one)}, which is not {what}",
                f"give {what}, or a list of several: `{term}=['…']`",
            )


class _Term(NamedTuple):
    """A term of a declaration: what it means if nothing is said, and how to read what is."""

    default: object
    meaning: object
    rule: Callable[[str, Any], object]


_TERMS: Mapping[str, _Term] = {
    "codec": _Term(None, None, _text),
    "depends_on": _Term((), (), _things),
    "files": _Term((), (), _files),
    "first_party": _Term((), frozenset(), names_of),
    "ignore": _Term((), frozenset(), names_of),
    "materialize": _Term(False, False, _flag),
    "ordered": _Term((), frozenset(), names_of),
    "packages": _Term("reached", "reached", lambda _, given: checked_packages(given)),
    "reads": _Term((), (), _datasets),
    "version": _Term(None, None, _text),
}
