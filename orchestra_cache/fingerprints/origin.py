"""Where code comes from: the standard library, an installed distribution, or the user."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import site
import sys
import sysconfig
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["Origin", "made_of", "module_name_of", "origin_of"]

_OWN = __name__.partition(".")[0]

# Of a line of what was installed: `numpy` of `numpy/__init__.py,sha256=…`.
_TOP = re.compile(r'^"?([^/.,"\n]+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Origin:
    """`first_party` code is followed; of a distribution its name and version count."""

    first_party: bool
    distribution: str | None = None
    version: str | None = None


_STANDARD = Origin(first_party=False)
_USER = Origin(first_party=True)


def module_name_of(thing: object) -> str:
    """The module a function or class was defined in; empty where it does not say."""
    name = getattr(thing, "__module__", None)
    if name in ("io", "_io") and thing is open:
        return "builtins"
    return name if isinstance(name, str) else ""


def origin_of(module: str, first_party: Collection[str] = ()) -> Origin:
    """Say whose code a module is.

    Args:
        module: Its dotted name, as in `sys.modules`.
        first_party: Names of installed packages that are to be followed all the same.
    """
    top = module.partition(".")[0]
    if top in ("__main__", "") or (first_party and _is_named(module, first_party)):
        return _USER
    if top == _OWN or (top in sys.stdlib_module_names and _is_standard(top)):
        return _STANDARD
    return _located(_package_of(module))


def _is_named(module: str, packages: Collection[str]) -> bool:
    names = module.split(".")
    return any(".".join(names[:count]) in packages for count in range(1, len(names) + 1))


@functools.lru_cache(maxsize=512)
def _is_standard(top: str) -> bool:
    """Whether it is not a file of the user's that has the name of a standard module."""
    file = _file_of(top)
    # `importlib` says so of what is compiled into the interpreter.
    return file in (None, "built-in", "frozen") or _inside(str(file), os.path.dirname(os.__file__))


@functools.lru_cache(maxsize=4096)
def _package_of(module: str) -> str:
    """The outermost package that is one: several distributions may share a namespace."""
    names = module.split(".")
    for count in range(1, len(names)):
        name = ".".join(names[:count])
        if _file_of(name) is not None or not _folders_of(name):
            return name
    return module


@functools.lru_cache(maxsize=4096)
def _located(package: str) -> Origin:
    file = _file_of(package) or next(iter(_folders_of(package)), None)
    if file is None:
        return _USER
    if not any(_inside(file, folder) for folder in _installed_folders()):
        return _USER
    name = _distribution_of(package, file)
    # What was copied there, of no version that could change, counts by its code.
    return _USER if name is None else Origin(False, name, _version(name))


def _file_of(name: str) -> str | None:
    module = sys.modules.get(name)
    if module is not None:
        # Not by `getattr`, which a module may answer as it likes.
        file = vars(module).get("__file__")
        return file if isinstance(file, str) else None
    return getattr(_spec_of(name), "origin", None)


def _folders_of(name: str) -> list[str]:
    module = sys.modules.get(name)
    if module is not None:
        return list(vars(module).get("__path__", ()))
    return list(getattr(_spec_of(name), "submodule_search_locations", None) or ())


def _spec_of(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _inside(file: str, folder: str) -> bool:
    return Path(file).is_relative_to(folder)


@functools.cache
def _installed_folders() -> frozenset[str]:
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    # Debian keeps distributions elsewhere than sysconfig says.
    return frozenset([*folders, *(path for path in sys.path if path.endswith("-packages"))])


def _distribution_of(package: str, file: str) -> str | None:
    """The distribution that ships a package; None if it came in none."""
    import importlib.metadata  # 20 ms that most processes do without

    try:
        found = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        named = [one for one in _by_package().get(package.partition(".")[0], ()) if _name(one)]
        shipping = (one for one in named if len(named) == 1 or _ships(one, file))
        return next(map(_name, shipping), None)
    return _name(found)


def _name(distribution: Distribution) -> str | None:
    name = distribution.metadata["Name"]
    return str(name) if name else None


def _ships(distribution: Distribution, file: str) -> bool:
    record = distribution.read_text("RECORD")
    if record is None:
        return any(str(distribution.locate_file(one)) == file for one in distribution.files or ())
    folder = str(distribution.locate_file(""))
    path = Path(os.path.relpath(file, folder)).as_posix()
    return f"\n{path}," in f"\n{record}"


@functools.cache
def _by_package() -> dict[str, list[Distribution]]:
    # Reads every installed distribution's file list, so only for names that differ. The function
    # of the standard library overlooks, on Python 3.10, all that have no `top_level.txt`.
    import importlib.metadata

    found: dict[str, list[Distribution]] = {}
    for one in importlib.metadata.distributions():
        for top in _tops(one):
            found.setdefault(top, []).append(one)
    return found


def _tops(distribution: Distribution) -> set[str]:
    """The names that a distribution can be imported by."""
    tops = set((distribution.read_text("top_level.txt") or "").split())
    record = distribution.read_text("RECORD")
    if record is None:
        return tops | {file.parts[0].partition(".")[0] for file in distribution.files or ()}
    # As a text: to make paths of all lines takes 30 times as long, half a second for Airflow.
    return tops | set(_TOP.findall(record))


def _version(distribution: str) -> str:
    import importlib.metadata

    return importlib.metadata.version(distribution)


def made_of(kinds: Iterable[type], first_party: Collection[str] = ()) -> frozenset[str]:
    """Name the classes that a value is made of, as far as their code can change.

    Of an installed distribution the package alone: `pandas`; of the user's own the class:
    `shop.models:Order`.
    """
    origins = ((kind, origin_of(kind.__module__, first_party)) for kind in kinds)
    return frozenset(
        f"{kind.__module__}:{kind.__qualname__}"
        if origin.first_party
        else _package_of(kind.__module__)
        for kind, origin in origins
        if origin.first_party or origin.distribution is not None
    )
