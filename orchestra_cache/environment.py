"""What a call depends on besides its code, arguments and data: Python, packages, declared files."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints.digest import Digest, combine, digest_bytes
from orchestra_cache.fingerprints.recipe import Component

__all__ = [
    "Packages",
    "checked_packages",
    "file_components",
    "innermost",
    "name_of",
    "package_components",
    "python_component",
    "version_component",
]

# Which installed packages are in the key: those that the code reaches, none, or the named ones.
Packages: TypeAlias = "Literal['reached', 'none'] | Collection[str]"


# How a distribution may be called; what follows it in a requirement is no part of that.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def checked_packages(packages: Packages) -> Packages:
    """The word that was given, or the names of distributions, each as all its spellings are one.

    Whether they are installed is looked at when a recipe is taken: that reads files.

    Raises:
        ConfigurationError: It is neither.
    """
    if isinstance(packages, str):
        if packages in ("reached", "none"):
            return packages
        raise ConfigurationError(
            f"packages={packages!r} is not known",
            f"write `packages={{{packages!r}}}` for one",
        )
    if not isinstance(packages, Iterable):
        raise ConfigurationError(
            f"packages={packages!r} cannot be meant",
            "write `packages={'numpy'}`, `'reached'` or `'none'`",
        )
    return frozenset(map(_spelled, packages)) or "none"


def _spelled(name: object) -> str:
    """The one spelling of a distribution's name, as package indexes have it."""
    if isinstance(name, str) and _NAME.fullmatch(name):
        return re.sub(r"[-_.]+", "-", name).lower()
    meant = _NAME.match(name) if isinstance(name, str) else None
    raise ConfigurationError(
        f"packages names {name!r}, which is not the name of a package",
        f"write `packages={{{meant[0] if meant else 'numpy'!r}}}`: "
        "its version is in the key by itself",
    )


def python_component() -> Component:
    version = ".".join(str(part) for part in sys.version_info[:2])
    return Component("python", _of_text(version), version)


def package_components(found: Mapping[str, str], packages: Packages) -> Iterator[Component]:
    """The versions of packages: in the key, or recorded beside it.

    Those that were reached are in either; those that are named are in the key, reached or not.

    Args:
        packages: As they are `checked_packages`.

    Raises:
        ConfigurationError: One that is named is not installed.
    """
    named = frozenset() if isinstance(packages, str) else frozenset(packages)
    reached = {_spelled(name) for name in found} if named else named
    more = dict(_installed(name) for name in named - reached)
    for name, release in sorted({**found, **more}.items()):
        chosen = packages == "reached" or (named and _spelled(name) in named)
        yield Component(f"{'package' if chosen else 'seen'}:{name}", _of_text(release), release)


@functools.lru_cache(maxsize=256)
def _installed(name: str) -> tuple[str, str]:
    """What a distribution calls itself, and its version."""
    import importlib.metadata

    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError as error:
        ships = importlib.metadata.packages_distributions().get(name)
        raise ConfigurationError(
            f"packages names `{name}`, which is not installed",
            f"write `packages={{{ships[0]!r}}}`: that is the package which ships it"
            if ships
            else "correct the name, or install it where the task runs",
        ) from error
    return str(found.metadata["Name"] or name), found.version or "unknown"


def file_components(files: Iterable[str], function: Callable[..., Any]) -> Iterator[Component]:
    """The content of files that lie beside the code; a relative path starts at its folder.

    Raises:
        DatasetError: A file is not there.
    """
    folder = _folder_of(function) if files else Path()
    for file in files:
        try:
            digest = digest_bytes((folder / file).read_bytes())
        except OSError as error:
            raise DatasetError(
                f"declared file {file} cannot be read in {folder}: {error.strerror}",
                "correct its path, which starts at the folder of the function's module",
            ) from error
        yield Component(f"file:{file}", Digest(digest.raw), "")


def innermost(function: Callable[..., Any]) -> Any:
    """What decorators and partials stand around."""
    bare: Any = inspect.unwrap(function)
    while isinstance(bare, functools.partial):
        bare = inspect.unwrap(bare.func)
    return bare


def name_of(function: Callable[..., Any]) -> str:
    """What a task is called everywhere: the qualified name of what is innermost."""
    bare = innermost(function)
    return str(getattr(bare, "__qualname__", type(bare).__qualname__))


def _folder_of(function: Callable[..., Any]) -> Path:
    bare = innermost(function)
    # An object that is called lies where its class does.
    named = inspect.isroutine(bare) or inspect.isclass(bare)
    try:
        return Path(inspect.getfile(bare if named else type(bare))).parent
    except TypeError:
        # A function that is written in C lies beside nothing.
        return Path()


def version_component(version: str) -> Component:
    return Component("version", _of_text(version), version)


def _of_text(text: str) -> Digest:
    return combine("version", text.encode())
