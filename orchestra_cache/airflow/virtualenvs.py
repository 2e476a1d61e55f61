"""Tasks that run with another Python: what their key says of it, and not of the worker's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from orchestra_cache.airflow._compat.operators import (
    ExternalPythonOperator,
    PythonVirtualenvOperator,
    connected_indexes,
)
from orchestra_cache.airflow.callables import CallableCache
from orchestra_cache.airflow.interpreters import Interpreter
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import DatasetError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe, bears_secret

__all__ = [
    "CachedExternalPythonOperator",
    "CachedPythonVirtualenvOperator",
    "ExternalPythonCache",
    "VirtualenvCache",
]

_COMMENT = re.compile(r"(^|\s)#.*$")
_BETWEEN = re.compile(r"[\s=]+")
# Not so with SSH, whose user may say which folder is meant.
_LOGIN = re.compile(r"(?<!ssh)://[^/?#\s]*@")
_SHOWN = 60


@dataclass
class _RunElsewhere(OperatorRun):
    """The run of an operator that says itself in what its callable runs."""

    _secret: bytes | None = None
    _elsewhere: tuple[Component, ...] = ()

    def _added(self, recipe: Recipe, secret: bytes | None) -> Recipe:
        self._secret = secret
        self._elsewhere = self._taken()
        return super()._added(
            self.operator._orchestra_cache_without_worker(recipe).extended(self._elsewhere), secret
        )

    def _stays(self) -> bool:
        return self._taken() == self._elsewhere and super()._stays()

    def _taken(self) -> tuple[Component, ...]:
        return tuple(self.operator._orchestra_cache_surroundings(self._secret, self.cache.budget))


class _CacheElsewhere(CallableCache):
    """A `CallableCache` around an operator that starts another interpreter."""

    def _orchestra_cache_without_worker(self, recipe: Recipe) -> Recipe:
        """The recipe without what it says of the worker and does not matter elsewhere."""
        kinds = {"python"} if self._orchestra_cache_sees_packages else {"package", "python", "seen"}
        counted = tuple(one for one in recipe.components if one.kind not in kinds)
        return Recipe(recipe.task, counted, recipe.with_datasets)

    def _orchestra_cache_surroundings(
        self, secret: bytes | None, budget: timedelta
    ) -> Iterator[Component]:
        """What the callable runs in.

        Args:
            secret: The key of 32 bytes under which secrets are digested.
            budget: The time to find that out in.
        """
        names = ("expect_airflow", "inherit_env", "serializer")
        said = {name: getattr(self, name) for name in names}
        said["string_args"] = [str(one) for one in self.string_args]
        yield from _components(said, secret)
        yield from _components({"env_vars": dict(self.env_vars or {})}, secret, shown=False)

    @property
    def _orchestra_cache_sees_packages(self) -> bool:
        """Whether the worker's packages are the callable's too."""
        return False

    def _orchestra_cache_declared(self) -> Declaration:
        if self._orchestra_cache_sees_packages:
            return super()._orchestra_cache_declared()
        terms = self._orchestra_cache_terms
        alone = replace(terms, said={**terms.declared, "packages": "none"})
        return alone.declaration(self.python_callable)

    def _orchestra_cache_run(self, context: Mapping[str, Any]) -> OperatorRun:
        return _RunElsewhere(self, context, self._orchestra_cache_terms)


class VirtualenvCache(_CacheElsewhere):
    """For a virtual environment that is made for the task."""

    def _orchestra_cache_surroundings(
        self, secret: bytes | None, budget: timedelta
    ) -> Iterator[Component]:
        yield from super()._orchestra_cache_surroundings(secret, budget)
        options = [_without_password(one) for one in self.pip_install_options or ()]
        lines = sorted(map(_without_password, _lines(self.requirements)))
        said = {
            "pip_install_options": options,
            "python_version": self.python_version or "the worker's",
            "requirements": lines,
            "system_site_packages": self.system_site_packages,
        }
        yield from _components(said, secret)
        indexes = [*(self.index_urls or ()), *connected_indexes(self)]
        yield from _components({"index_urls": [_without_password(url) for url in indexes]}, secret)
        yield from _components(dict(_files((*lines, *options))), secret, shown=False)

    def _orchestra_cache_without_worker(self, recipe: Recipe) -> Recipe:
        bare = super()._orchestra_cache_without_worker(recipe)
        if self.python_version:
            return bare
        return bare.extended(one for one in recipe.components if one.name == "python")

    @property
    def _orchestra_cache_sees_packages(self) -> bool:
        return bool(self.system_site_packages)


class ExternalPythonCache(_CacheElsewhere):
    """For a Python that is installed where the workers are."""

    def _orchestra_cache_surroundings(
        self, secret: bytes | None, budget: timedelta
    ) -> Iterator[Component]:
        yield from super()._orchestra_cache_surroundings(secret, budget)
        variables, inherit = self.env_vars or {}, self.inherit_env
        found = Interpreter.asked(str(self.python), variables, inherit=inherit, budget=budget)
        yield from found.components(self._orchestra_cache_terms.declared["packages"])


class CachedPythonVirtualenvOperator(VirtualenvCache, PythonVirtualenvOperator):  # type: ignore[misc]
    """A `PythonVirtualenvOperator` with a cache; a hit makes no virtual environment."""


class CachedExternalPythonOperator(ExternalPythonCache, ExternalPythonOperator):  # type: ignore[misc]
    """An `ExternalPythonOperator` with a cache.

    All packages that are installed there are in the key: `packages={"numpy"}` says which are.
    """


def _components(
    said: Mapping[str, Any], secret: bytes | None, *, shown: bool = True
) -> Iterator[Component]:
    for name, value in said.items():
        label = f"environment:{name}"
        text = repr(value)
        plain = shown and len(text) <= _SHOWN and not _doubtful(text)
        yield Component(label, encoder(secret).digest(value, label), text if plain else "")


def _lines(requirements: Iterable[object]) -> Iterator[str]:
    """The requirements in a list, some of which may be the contents of whole files."""
    for held in requirements:
        for line in str(held).splitlines():
            bare = _COMMENT.sub("", line).strip()
            if bare:
                yield bare


def _files(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The contents of files that requirements and options name, as constraints.

    Raises:
        DatasetError: They name a folder, whose code would be installed.
    """
    for word in (part for line in words for part in _BETWEEN.split(line)):
        local = word.startswith("file:") or (_is_path(word) and Path(word).is_dir())
        if local or word in ("-e", "--editable"):
            raise DatasetError(
                f"`{word}` among the requirements installs code that no key sees",
                "install a released version of it, or leave this task without a cache",
            )
        if Path(word).is_file():
            yield f"file {word}", digest_bytes(Path(word).read_bytes()).hex


def _is_path(word: str) -> bool:
    return word.startswith(".") or "/" in word


def _without_password(text: object) -> str:
    """With URLs of where packages come from: who asks does not matter, and is a secret."""
    return _LOGIN.sub("://", str(text))


def _doubtful(text: str) -> bool:
    """Whether it may hold a secret: one may be in the path of a URL, or the user of a host."""
    return "://" in text or "@" in text or bears_secret(text)
