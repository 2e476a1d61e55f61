"""What a call depends on besides its code, arguments and data: Python, packages, declared files."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints.digest import Digest, combine, digest_bytes
from orchestra_cache.fingerprints.recipe import Component

__all__ = [
    "Packages",
    "check_packages",
    "file_components",
    "innermost",
    "package_components",
    "python_component",
    "version_component",
]

# Which installed packages are in the key: those that the code reaches, none, or the named ones.
Packages: TypeAlias = "Literal['reached', 'none'] | Collection[str]"


def check_packages(packages: Packages) -> None:
    """Refuse a word that is neither of the two.

    Raises:
        ConfigurationError: A single name was meant as a set of one.
    """
    if isinstance(packages, str) and packages not in ("reached", "none"):
        raise ConfigurationError(
            f"packages={packages!r} is not known",
            f"write `packages={{{packages!r}}}` for one",
        )


def python_component() -> Component:
    version = ".".join(str(part) for part in sys.version_info[:2])
    return Component("python", _of_text(version), version)


def package_components(found: Mapping[str, str], packages: Packages) -> Iterator[Component]:
    """The versions of the packages that were reached: in the key, or recorded beside it."""
    for name, release in sorted(found.items()):
        chosen = packages == "reached" or (packages != "none" and name in packages)
        yield Component(f"{'package' if chosen else 'seen'}:{name}", _of_text(release), release)


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
