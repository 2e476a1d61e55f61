"""What a task says about itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from types import FunctionType
from typing import Any, TypedDict, TypeGuard

from orchestra_cache.binding import Binder, binder_of
from orchestra_cache.datasets import Dataset
from orchestra_cache.environment import Packages, name_of
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.fingerprints.values.nodes import short_repr
from orchestra_cache.meant import meant
from orchestra_cache.program import Program
from orchestra_cache.recipes import Recipes

__all__ = ["Declaration", "Terms"]

_COMPILED = ("signature", "_binder")


class Terms(TypedDict, total=False):
    """What may be declared of a function; see `Declaration`."""

    reads: Sequence[Dataset] | Dataset
    ignore: Collection[str]
    ordered: Collection[str]
    version: str | None
    packages: Packages
    depends_on: Sequence[object] | object
    files: Sequence[str]
    first_party: Collection[str]
    codec: str | None
    materialize: bool


class Declaration:
    """A function with what it reads and what of its parameters does not matter.

    Where several may be given, a single one may stand alone.

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
        codec: The name of the one that results are kept by: `"parquet"`, or an installed one.
            A result it does not give back identical is not kept.
        materialize: The function yields its results: all of them are taken before the first is
            handed on, and kept as a list.
        exhausted: If the function is a generator, its caller runs it to the end, and its result
            is what it returns then.

    Raises:
        ConfigurationError: A term cannot be meant, a name is not one of the function's parameters,
            or the function's results cannot be kept.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        reads: Sequence[Dataset] | Dataset = (),
        ignore: Collection[str] = (),
        ordered: Collection[str] = (),
        version: str | None = None,
        packages: Packages = "reached",
        depends_on: Sequence[object] | object = (),
        files: Sequence[str] = (),
        first_party: Collection[str] = (),
        codec: str | None = None,
        materialize: bool = False,
        exhausted: bool = False,
    ) -> None:
        self.function, self.task = _called(function), name_of(function)
        said = meant(reads=reads, ignore=ignore, ordered=ordered, version=version, files=files)
        self.reads, self.ignore, self.ordered = said["reads"], said["ignore"], said["ordered"]
        self._version, self._files = said["version"], said["files"]
        said = meant(packages=packages, depends_on=depends_on, first_party=first_party)
        self._packages, self._depends_on = said["packages"], said["depends_on"]
        self._first_party = said["first_party"]
        said = meant(codec=codec, materialize=materialize)
        self.codec, self.materialize = said["codec"], said["materialize"]
        self._check(exhausted)

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
    def _code(self) -> Program:
        return Program(
            self.function,
            depends_on=self._depends_on,
            packages=self._packages,
            first_party=self._first_party,
        )

    @cached_property
    def _recipes(self) -> Recipes:
        return Recipes(
            self.function,
            self.task,
            self._code,
            reads=self.reads,
            files=self._files,
            ignore=self.ignore,
            ordered=self.ordered,
            version=self._version,
            first_party=self._first_party,
        )

    @property
    def _parameters(self) -> Iterable[str]:
        if _is_plain(self.function):
            # A signature says the same, and takes longer to make than all else of a declaration.
            code = self.function.__code__
            stars = [code.co_flags & star for star in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS)]
            count = code.co_argcount + code.co_kwonlyargcount + sum(map(bool, stars))
            return code.co_varnames[:count]
        return self.signature.parameters

    @property
    def _shown(self) -> Iterable[str]:
        """Those in the order in which they are written."""
        return self.signature.parameters

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
        return self._recipes.of(arguments, secret)

    def moved(self, arguments: Mapping[str, Any], recipe: Recipe) -> bool:
        """Whether a dataset or declared file is no longer what a recipe of these arguments says.

        Raises:
            DatasetError: It is gone.
        """
        return self._recipes.moved(arguments, recipe)

    def reaches(self, watched: frozenset[str]) -> tuple[str, ...]:
        """Say which of these names the task's code uses, with all helpers that are followed.

        Right after a recipe was taken this costs nothing: the code is the one that it saw.

        Args:
            watched: Dotted names, as one would import them: of a module, with all below it; of a
                function; of a method, with those of all subclasses. Nothing of them is imported.
                `text:` and what a text in the code begins with stands for such texts.

        Returns:
            What, and the definition that does: `prefect.runtime.flow_run.id in shop.steps.load`.
            The code of arguments' classes counts once a recipe was taken of them.

        Raises:
            ConfigurationError: Something in `depends_on` is not there.
        """
        return self._code.reaches(watched)

    def _check(self, exhausted: bool) -> None:
        generates = _generates(self.function)
        generates = generates and not (exhausted and inspect.isgeneratorfunction(self.function))
        if generates and not self.materialize:
            raise ConfigurationError(
                f"`{self.task}` is a generator: what it yields can be read once only",
                "return a list, or declare `materialize=True`",
            )
        if self.materialize and not generates:
            raise ConfigurationError(
                f"`{self.task}` is declared with `materialize=True`, and is no generator",
                "leave it out, or `yield` what the function returns",
            )
        known = self._parameters
        for dataset in self.reads:
            self._check_names(dataset.parameters, f"dataset {dataset.name}", known)
        self._check_names(self.ignore, "ignore", known)
        self._check_names(self.ordered, "ordered", known)

    def _check_names(self, names: Iterable[str], where: str, known: Iterable[str]) -> None:
        unknown = sorted(set(names).difference(known))
        if unknown:
            shown = ", ".join(self._shown) or "none"
            raise ConfigurationError(
                f"{where} names `{unknown[0]}`, which `{self.task}` has no parameter of",
                f"its parameters are: {shown}",
            )


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    if callable(function):
        return function
    raise ConfigurationError(
        f"{short_repr(function)} is not a function", "give the function whose results to keep"
    )


def _is_plain(function: object) -> TypeGuard[FunctionType]:
    """Whether it is what its code says, with nothing around it."""
    return type(function) is FunctionType and not vars(function)


def _generates(function: Callable[..., Any]) -> bool:
    if _is_plain(function):
        return bool(
            function.__code__.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR)
        )
    bare = inspect.unwrap(function)
    called = getattr(bare, "__call__", None)  # noqa: B004
    return (
        inspect.isgeneratorfunction(bare)
        or inspect.isasyncgenfunction(bare)
        or inspect.isgeneratorfunction(called)
    )
