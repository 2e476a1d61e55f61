"""What a task says about itself, and how one call of it becomes a recipe."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from orchestra_cache.datasets import Dataset, DataVersion
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.code import CodeFingerprint, trace
from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.nodes import kind_of, short_repr
from orchestra_cache.fingerprints.origin import made_of, origin_of
from orchestra_cache.fingerprints.recipe import Component, Recipe

__all__ = ["Declaration"]

_SHOWN = (bool, int, float, str, bytes, type(None))
_SECRET = ("password", "passwd", "secret", "token", "credential", "api_key", "private")


class Declaration:
    """A function with what it reads and what of its parameters does not matter.

    Args:
        function: The task.
        reads: Datasets it reads; placeholders in them are its parameters.
        ignore: Parameters that do not change its result: loggers, progress bars.

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
    ) -> None:
        self.function = function
        self.reads = tuple(reads)
        self.ignore = frozenset([ignore] if isinstance(ignore, str) else ignore)
        self.task = _name_of(function)
        self._check()

    @cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

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
            DatasetError: A dataset is not there.
        """
        writer = encoder()
        parameters = [
            Component(
                f"parameter:{name}", writer.digest(value, f"parameter {name}"), _shown(name, value)
            )
            for name, value in arguments.items()
            if name not in self.ignore
        ]
        data = [_data(one, version) for one, version in self.versions(arguments)]
        names = made_of(writer.met) | writer.named
        code = trace([self.function, *_classes(names, writer.met)])
        packages = code.packages | _packages(names)
        return Recipe(self.task, (*parameters, *data, *_code(code), *_environment(packages)))

    def versions(self, arguments: Mapping[str, Any]) -> list[tuple[Dataset, DataVersion]]:
        """The datasets of this call with their versions now.

        Raises:
            DatasetError: A dataset is not there.
        """
        bound = [dataset.bind(arguments) for dataset in self.reads]
        return [(dataset, dataset.version()) for dataset in bound]

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


def _environment(packages: Mapping[str, str]) -> Iterator[Component]:
    version = ".".join(str(part) for part in sys.version_info[:2])
    yield Component("python", _text_digest(version), version)
    for name, release in sorted(packages.items()):
        yield Component(f"package:{name}", _text_digest(release), release)


def _text_digest(text: str) -> Digest:
    return combine("version", text.encode())


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
        for part in path.split("."):
            held = getattr(held, part)
    except (ImportError, AttributeError):
        return None
    return held


def _packages(names: Iterable[str]) -> dict[str, str]:
    origins = [origin_of(name) for name in names if ":" not in name]
    return {one.distribution: one.version or "unknown" for one in origins if one.distribution}
