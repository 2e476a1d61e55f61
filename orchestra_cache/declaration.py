"""What a task says about itself, and how one call of it becomes a recipe."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypedDict

from orchestra_cache.datasets import Dataset, DataVersion
from orchestra_cache.environment import (
    Packages,
    check_packages,
    file_components,
    package_components,
    python_component,
    version_component,
)
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.code import CodeFingerprint, trace
from orchestra_cache.fingerprints.nodes import kind_of, short_repr
from orchestra_cache.fingerprints.origin import made_of, origin_of
from orchestra_cache.fingerprints.recipe import Component, Recipe

__all__ = ["Declaration", "Terms"]

_SHOWN = (bool, int, float, str, bytes, type(None))
_SECRET = ("password", "passwd", "secret", "token", "credential", "api_key", "private")


class Terms(TypedDict, total=False):
    """What may be declared of a function; see `Declaration`."""

    reads: Sequence[Dataset]
    ignore: Collection[str]
    version: str | None
    packages: Packages
    depends_on: Sequence[object]
    files: Sequence[str]
    first_party: Collection[str]


class Declaration:
    """A function with what it reads and what of its parameters does not matter.

    Args:
        function: The task.
        reads: Datasets it reads; placeholders in them are its parameters.
        ignore: Parameters that do not change its result: loggers, progress bars.
        version: Changed by hand when the result changes for a reason that nothing here shows.
        packages: Installed packages in the key: `"reached"` by the code, `"none"`, or names.
            Those reached are recorded in any case.
        depends_on: Functions, classes and modules that the code uses in a way that is not seen:
            by `getattr`, by a plug-in registry. A text is `module` or `module:name`.
        files: Files beside the code: `["query.sql"]`, from the folder of the function's module.
        first_party: Installed packages whose code is followed as the user's own is.

    Raises:
        ConfigurationError: A name is not one of the function's parameters, or the function's
            results cannot be kept.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        reads: Sequence[Dataset] = (),
        ignore: Collection[str] = (),
        version: str | None = None,
        packages: Packages = "reached",
        depends_on: Sequence[object] = (),
        files: Sequence[str] = (),
        first_party: Collection[str] = (),
    ) -> None:
        check_packages(packages)
        self.function = function
        self.version = version
        self.packages = packages
        self.depends_on = tuple(depends_on)
        self.files = tuple(files)
        self.first_party = _names(first_party)
        self.reads = tuple(reads)
        self.ignore = _names(ignore)
        self.task = _name_of(function)
        self._check()

    @cached_property
    def signature(self) -> inspect.Signature:
        try:
            return inspect.signature(self.function)
        except ValueError as error:
            raise ConfigurationError(
                f"`{self.task}` does not say what its parameters are", "wrap it in a function"
            ) from error

    def bind(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Arguments by parameter, defaults included.

        Raises:
            TypeError: The call does not fit the signature.
        """
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def recipe(self, arguments: Mapping[str, Any]) -> Recipe:
        """Everything that the result of this call depends on, as it is now.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset or declared file is not there.
            ConfigurationError: Something in `depends_on` is not there.
        """
        writer = encoder()
        components = [
            Component(
                f"parameter:{name}", writer.digest(value, f"parameter {name}"), _shown(name, value)
            )
            for name, value in arguments.items()
            if name not in self.ignore
        ]
        components += [_data(one, version) for one, version in self.versions(arguments)]
        names = made_of(writer.met, self.first_party) | writer.named
        roots = [self.function, *map(_declared, self.depends_on), *_classes(names, writer.met)]
        code = trace(roots, first_party=self.first_party)
        components += [*_code(code), *self._environment(code.packages | _packages(names))]
        return Recipe(self.task, tuple(components))

    def versions(self, arguments: Mapping[str, Any]) -> list[tuple[Dataset, DataVersion]]:
        """The datasets of this call with their versions now.

        Raises:
            DatasetError: A dataset is not there.
        """
        bound = [dataset.bind(arguments) for dataset in self.reads]
        return [(dataset, dataset.version()) for dataset in bound]

    def _environment(self, packages: Mapping[str, str]) -> Iterator[Component]:
        yield python_component()
        yield from package_components(packages, self.packages)
        yield from file_components(self.files, self.function)
        if self.version is not None:
            yield version_component(self.version)

    def _check(self) -> None:
        function = inspect.unwrap(self.function)
        generates = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
        if generates:
            raise ConfigurationError(
                f"`{self.task}` is a generator: what it yields can be read once only",
                "return a list instead",
            )
        for dataset in self.reads:
            if not isinstance(dataset, Dataset):
                raise ConfigurationError(
                    f"reads of `{self.task}` holds {short_repr(dataset)}, which is not a dataset",
                    "write `reads=[File('path or URL')]`",
                )
            self._check_names(dataset.parameters, f"dataset {dataset.name}")
        self._check_names(self.ignore, "ignore")

    def _check_names(self, names: Iterable[str], where: str) -> None:
        unknown = sorted(set(names) - set(self.signature.parameters))
        if unknown:
            known = ", ".join(self.signature.parameters) or "none"
            raise ConfigurationError(
                f"{where} names `{unknown[0]}`, which `{self.task}` has no parameter of",
                f"its parameters are: {known}",
            )


def _names(names: Collection[str]) -> frozenset[str]:
    """A set of names; a text is the name that it is, not its letters."""
    return frozenset([names] if isinstance(names, str) else names)


def _name_of(function: Callable[..., Any]) -> str:
    bare: Any = inspect.unwrap(function)
    while isinstance(bare, partial):
        bare = inspect.unwrap(bare.func)
    return str(getattr(bare, "__qualname__", type(bare).__qualname__))


def _shown(name: str, value: object) -> str:
    if any(word in name.lower() for word in _SECRET):
        return ""
    return short_repr(value) if type(value) in _SHOWN else kind_of(value)


def _data(dataset: Dataset, version: DataVersion) -> Component:
    shown = f"{version.evidence} {version.digest.hex[:8]}"
    return Component(f"data:{dataset.name}", version.digest, shown)


def _code(code: CodeFingerprint) -> Iterator[Component]:
    yield Component("code", code.digest)
    for one in code.definitions:
        yield Component(f"code:{one.label}", one.digest, one.shown)


def _classes(names: Iterable[str], met: Iterable[type]) -> list[type]:
    """The user's own classes among those that the arguments are made of."""
    at_hand = {f"{kind.__module__}:{kind.__qualname__}": kind for kind in met}
    own = sorted(name for name in names if ":" in name)
    found = [at_hand.get(name) or _imported(name) for name in own]
    return [kind for kind in found if isinstance(kind, type)]


def _imported(name: str) -> object:
    module, _, path = name.partition(":")
    try:
        held: object = importlib.import_module(module)
        for part in path.split(".") if path else ():
            held = getattr(held, part)
    except (ImportError, AttributeError):
        return None
    return held


def _declared(thing: object) -> object:
    found = _imported(thing) if isinstance(thing, str) else thing
    if found is None:
        raise ConfigurationError(
            f"depends_on names {thing!r}, which cannot be imported", "write `module:function`"
        )
    return found


def _packages(names: Iterable[str]) -> dict[str, str]:
    origins = [origin_of(name) for name in names if ":" not in name]
    return {one.distribution: one.version or "unknown" for one in origins if one.distribution}
