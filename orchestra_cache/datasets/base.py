"""The port for datasets: a name, the parameters it depends on, and its version now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard, runtime_checkable

from orchestra_cache.fingerprints.digest import Digest, combine

__all__ = ["DataVersion", "Dataset", "is_dataset"]

_MEMBERS = ("bind", "name", "parameters", "version")


@dataclass(frozen=True, slots=True)
class DataVersion:
    """What was read, as well as it can be known.

    Attributes:
        evidence: What the version rests on, strongest first: `version-id`, `etag`, `generation`,
            `checksum`, `content`.
        text: The version itself, in the words of whoever gave it.
    """

    evidence: str
    text: str

    @property
    def digest(self) -> Digest:
        return combine("data", self.evidence.encode(), self.text.encode())


@runtime_checkable
class Dataset(Protocol):
    """Something a task reads.

    `bind` returns the dataset for one call; `parameters` names what it needs for that. `version`
    says what would be read now and raises `DatasetError` where there is nothing to read: there is
    no version of nothing. `name` is for people.
    """

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> frozenset[str]: ...

    def bind(self, arguments: Mapping[str, object]) -> Dataset: ...

    def version(self) -> DataVersion: ...


def is_dataset(thing: object) -> TypeGuard[Dataset]:
    """Whether a thing is a `Dataset`; a class of them is not.

    `isinstance` says the same, and takes as long as all else that a task is given: it collects
    what the protocol has anew at each call, and computes each property of the thing.
    """
    kind = type(thing)
    if issubclass(kind, type):
        return False
    return all(hasattr(kind, name) or hasattr(thing, name) for name in _MEMBERS)
