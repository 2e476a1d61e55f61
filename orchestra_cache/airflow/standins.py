"""What stands for a large result where Airflow looks into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from orchestra_cache.readers import read_ref
from orchestra_cache.ref import Ref

if TYPE_CHECKING:
    from orchestra_cache.cache import Cache

__all__ = ["Elements", "Outputs"]


class Outputs(dict[str, Any]):
    """The outputs of a task by their names, large ones as Refs.

    Attributes:
        whole: Stands for all of them together.
    """

    def __init__(self, outputs: Mapping[str, Any], whole: Ref) -> None:
        super().__init__(outputs)
        self.whole = whole


class Elements(Sequence[Any]):
    """What tasks are expanded over: whoever wants more than its length reads it."""

    def __init__(self, length: int, whole: Ref, cache: Cache) -> None:
        self.whole = whole
        self._length = length
        self._cache = cache

    @cached_property
    def _value(self) -> Any:
        return read_ref(self.whole, self._cache)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._value[index]

    def __repr__(self) -> str:
        return repr(self.whole)
