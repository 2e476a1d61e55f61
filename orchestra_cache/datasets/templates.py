"""Places with parameters in them: `orders/{day:%Y/%m}.csv`."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.errors import ConfigurationError

__all__ = ["Templated"]

T = TypeVar("T", bound="Templated")


class Templated:
    """What datasets have in common whose place is a template, in the field named by `_template`.

    `{name}` and `{name:format}` take the task's parameters. As a parameter's value, such a dataset
    counts by its version.

    Raises:
        ConfigurationError: A placeholder is not a name, or a brace is open.
    """

    _template: ClassVar[str] = "url"

    def __post_init__(self) -> None:
        kind = type(self).__name__
        try:
            fields = list(string.Formatter().parse(self.name))
        except ValueError as error:
            raise ConfigurationError(
                f"{kind}({self.name!r}): {error}", "write a brace that is meant as `{{`"
            ) from None
        if any(name is not None and not name.isidentifier() for _, name, _, _ in fields):
            raise ConfigurationError(
                f"{kind}({self.name!r}): a placeholder is a parameter's name",
                "write `{day}` or `{day:%Y/%m}`, and a brace that is meant as `{{`",
            )

    @property
    def name(self) -> str:
        return os.fspath(getattr(self, self._template))

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.name) if name)

    @property
    def place(self) -> str:
        """The text of a template that has no parameters left."""
        return self.name.format_map({})

    def bind(self: T, arguments: Mapping[str, object]) -> T:
        """Put a call's arguments into the placeholders."""
        filled = self.name.format_map(arguments).replace("{", "{{").replace("}", "}}")
        fields: dict[str, Any] = {self._template: filled}
        return replace(self, **fields)  # type: ignore[type-var]

    def version(self) -> DataVersion:
        raise NotImplementedError

    def __fingerprint__(self) -> object:
        version = self.version()
        return (version.evidence, version.text)
