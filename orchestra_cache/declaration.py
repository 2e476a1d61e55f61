"""What a task says about itself, and how one call of it becomes a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypedDict

from orchestra_cache.binding import Binder, binder_of
from orchestra_cache.datasets import Dataset, DataVersion
from orchestra_cache.environment import (
    Packages,
    check_packages,
    file_components,
    innermost,
    version_component,
)
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.recipe import Component, Recipe, bears_secret, sealed
from orchestra_cache.fingerprints.values.encoder import Encoder
from orchestra_cache.fingerprints.values.nodes import kind_of, short_repr
from orchestra_cache.program import Program

__all__ = ["Declaration", "Terms"]

_COMPILED = ("signature", "_binder")
_SHORT, _LARGE = 28, 2**63
_SHOWN = (bool, int, float, str, bytes, type(None))


class Terms(TypedDict, total=False):
    """What may be declared of a function; see `Declaration`."""

    reads: Sequence[Dataset]
    ignore: Collection[str]
    ordered: Collection[str]
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
        ordered: Parameters whose dicts it reads in their order, as for the columns of a table.
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
        ordered: Collection[str] = (),
        version: str | None = None,
        packages: Packages = "reached",
        depends_on: Sequence[object] = (),
        files: Sequence[str] = (),
        first_party: Collection[str] = (),
    ) -> None:
        check_packages(packages)
        self.function = function
        self.version = version
        self.files = tuple(files)
        self.reads = tuple(reads)
        self.ignore = _names(ignore)
        self.ordered = _names(ordered)
        self.task = _name_of(function)
        self._labels: dict[str, tuple[str, str, bool]] = {}
        self._first_party = _names(first_party)
        self._program = Program(
            function,
            depends_on=depends_on,
            packages=packages,
            first_party=self._first_party,
        )
        self._check()

    def __getstate__(self) -> dict[str, object]:
        # A compiled binder does not travel.
        return {name: held for name, held in vars(self).items() if name not in _COMPILED}

    @cached_property
    def signature(self) -> inspect.Signature:
        try:
            return inspect.signature(self.function)
        except ValueError as error:
            raise ConfigurationError(
                f"`{self.task}` does not say what its parameters are", "wrap it in a function"
            ) from error

    @cached_property
    def _binder(self) -> Binder:
        return binder_of(self.signature, self.task)

    def bind(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Arguments by parameter, defaults included.

        Raises:
            TypeError: The call does not fit the signature.
        """
        return self._binder(*args, **kwargs)

    def recipe(self, arguments: Mapping[str, Any], *, secret: bytes | None = None) -> Recipe:
        """Everything that the result of this call depends on, as it is now.

        Args:
            secret: The key of 32 bytes under which secrets among the arguments are digested.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset or declared file is not there.
            ConfigurationError: Something in `depends_on` is not there.
        """
        writer = encoder(secret, self._first_party)
        components, secrets = self._arguments(writer, arguments)
        if writer.namesakes:
            # What was written before the second of them was met does not tell which it is.
            components, secrets = self._arguments(writer, arguments)
        components += [_data(one, version) for one, version in self.versions(arguments)]
        components += self._program.components(writer)
        components += file_components(self.files, self.function)
        if self.version is not None:
            components.append(version_component(self.version))
        if secrets:
            components.append(sealed(secrets, Recipe(self.task, tuple(components))))
        return Recipe(self.task, tuple(components), any(map(_is_dataset, writer.met)))

    def moved(self, arguments: Mapping[str, Any], recipe: Recipe) -> bool:
        """Whether a dataset or declared file is no longer what a recipe of these arguments says.

        Raises:
            DatasetError: It is gone.
        """
        names = {one.name: one.digest for one in recipe.components}
        reads = [version.digest for _, version in self.versions(arguments)]
        if reads != [one.digest for one in recipe.components if one.kind == "data"]:
            return True
        files = file_components(self.files, self.function)
        if any(names.get(one.name) != one.digest for one in files):
            return True
        now = (
            self._parameter(encoder(None, self._first_party), name, value)
            for name, value in (arguments.items() if recipe.with_datasets else ())
            if f"parameter:{name}" in names
        )
        return any(names[one.name] != one.digest for one in now)

    def versions(self, arguments: Mapping[str, Any]) -> list[tuple[Dataset, DataVersion]]:
        """The datasets of this call with their versions now.

        Raises:
            DatasetError: A dataset is not there.
        """
        bound = [dataset.bind(arguments) for dataset in self.reads]
        return [(dataset, dataset.version()) for dataset in bound]

    def _arguments(
        self, writer: Encoder, arguments: Mapping[str, Any]
    ) -> tuple[list[Component], list[Component]]:
        """The components of parameters, and those of parameters that hold secrets."""
        plain: list[Component] = []
        secrets: list[Component] = []
        for name, value in arguments.items():
            if name not in self.ignore:
                one = self._parameter(writer, name, value)
                (secrets if writer.secrets else plain).append(one)
                writer.secrets = False
        return plain, secrets

    def _parameter(self, writer: Encoder, name: str, value: object) -> Component:
        full, path, secret = self._labels.get(name) or self._label(name)
        digest = writer.digest_in_order if name in self.ordered else writer.digest
        return Component(full, digest(value, path), "" if secret else _shown(value))

    def _label(self, name: str) -> tuple[str, str, bool]:
        secret = bears_secret(name)
        self._labels[name] = label = (f"parameter:{name}", f"parameter {name}", secret)
        return label

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
        self._check_names(self.ordered, "ordered")

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
    bare = innermost(function)
    return str(getattr(bare, "__qualname__", type(bare).__qualname__))


def _is_dataset(kind: type) -> bool:
    return all(hasattr(kind, name) for name in ("bind", "parameters", "version"))


def _shown(value: Any) -> str:
    kind = type(value)
    if kind not in _SHOWN:
        return kind_of(value)
    if (kind in (str, bytes) and len(value) > _SHORT) or (kind is int and abs(value) > _LARGE):
        return short_repr(value)
    return repr(value)


def _data(dataset: Dataset, version: DataVersion) -> Component:
    shown = f"{version.evidence} {version.digest.hex[:8]}"
    return Component(f"data:{dataset.name}", version.digest, shown)
