"""Places with parameters in them: `orders/{day:%Y/%m}.csv`."""

from __future__ import annotations

import os
import string
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.errors import ConfigurationError, DatasetError

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
        try:
            names = list(_placeholders(self._text))
        except ValueError as error:
            raise self._mistaken(error, "write a brace that is meant as `{{`") from None
        if not all(name.isidentifier() for name in names):
            raise self._mistaken(
                "a placeholder is a parameter's name",
                "write `{day}` or `{day:%Y/%m}`, and a brace that is meant as `{{`",
            )

    @property
    def name(self) -> str:
        return self._text

    @property
    def parameters(self) -> frozenset[str]:
        return _parameters_of(self._text)

    @property
    def place(self) -> str:
        """The text of a template that has no parameters left."""
        try:
            return self._text.format_map({})
        except KeyError as unfilled:
            raise DatasetError(
                f"dataset {self.name} is a template, and {unfilled} is not given",
                "declare it in `reads=[…]`, or take `.bind({…})` of it",
            ) from None

    def bind(self: T, arguments: Mapping[str, object]) -> T:
        """Put a call's arguments into the placeholders.

        Raises:
            ConfigurationError: An argument is not given, or does not take the format.
        """
        try:
            filled = self._text.format_map(arguments)
        except KeyError as unfilled:
            raise self._mistaken(
                f"{unfilled} is not given", f"give {', '.join(sorted(self.parameters))}"
            ) from None
        except (TypeError, ValueError) as error:
            raise self._mistaken(error, "pass a value that takes the format") from error
        fields: dict[str, Any] = {self._template: filled.replace("{", "{{").replace("}", "}}")}
        return replace(self, **fields)  # type: ignore[type-var]

    def version(self) -> DataVersion:
        raise NotImplementedError

    def __fingerprint__(self) -> object:
        version = self.version()
        return (version.evidence, version.text)

    @property
    def _text(self) -> str:
        text: str = os.fspath(getattr(self, self._template))
        return text

    def _mistaken(self, reason: object, hint: str) -> ConfigurationError:
        return ConfigurationError(f"{type(self).__name__}({self._text!r}): {reason}", hint)


@lru_cache(maxsize=1024)
def _parameters_of(text: str) -> frozenset[str]:
    return frozenset(_placeholders(text))


def _placeholders(text: str) -> Iterator[str]:
    """Names in braces, also those inside formats: `{amount:{width}}` has two."""
    for _, name, form, _ in string.Formatter().parse(text):
        if name is not None:
            yield name
            yield from _placeholders(form or "")
