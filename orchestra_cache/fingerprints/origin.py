"""Where code comes from: the standard library, an installed distribution, or the user."""

from __future__ import annotations

import functools
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Origin", "made_of", "module_name_of", "origin_of"]

_OWN = __name__.partition(".")[0]


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
    if top in first_party or module in first_party or top in ("__main__", ""):
        return _USER
    if top in sys.stdlib_module_names or top == _OWN:
        return _STANDARD
    return _located(top)


@functools.lru_cache(maxsize=4096)
def _located(top: str) -> Origin:
    file = _file_of(top)
    if file is None:
        return _USER
    if not any(_inside(file, folder) for folder in _installed_folders()):
        return _USER
    name = _distribution_of(top)
    return Origin(False, name, _version(name))


def _file_of(top: str) -> str | None:
    module = sys.modules.get(top)
    if module is not None:
        paths = list(getattr(module, "__path__", ()))
        return getattr(module, "__file__", None) or (paths[0] if paths else None)
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or ()), None)


def _inside(file: str, folder: str) -> bool:
    return Path(file).is_relative_to(folder)


@functools.cache
def _installed_folders() -> frozenset[str]:
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    # Debian keeps distributions elsewhere than sysconfig says.
    return frozenset([*folders, *(path for path in sys.path if path.endswith("-packages"))])


def _distribution_of(top: str) -> str:
    """The distribution that ships a top-level package; the package's own name where it is told."""
    import importlib.metadata  # 20 ms that most processes do without

    try:
        found = importlib.metadata.distribution(top)
    except importlib.metadata.PackageNotFoundError:
        names = _by_package().get(top)
        return names[0] if names else top
    return str(found.metadata["Name"])


@functools.cache
def _by_package() -> dict[str, list[str]]:
    # Reads every installed distribution's file list, so only for names that differ.
    import importlib.metadata

    return dict(importlib.metadata.packages_distributions())


def _version(distribution: str) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def made_of(kinds: Iterable[type], first_party: Collection[str] = ()) -> frozenset[str]:
    """Name the classes that a value is made of, as far as their code can change.

    Of an installed distribution the package alone: `pandas`; of the user's own the class:
    `shop.models:Order`.
    """
    origins = ((kind, origin_of(kind.__module__, first_party)) for kind in kinds)
    return frozenset(
        f"{kind.__module__}:{kind.__qualname__}"
        if origin.first_party
        else kind.__module__.partition(".")[0]
        for kind, origin in origins
        if origin.first_party or origin.distribution is not None
    )
