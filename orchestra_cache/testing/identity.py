"""Whether two values are the same: the oracle of the property tests.

It is written apart from the fingerprints, which are tested by it.

Every value is described by facts, which are compared with `==`, and by parts, which are values
themselves. Two values are identical if they are of one type, their facts are equal and their parts
are identical, in order or, of what has no order, in any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from orchestra_cache.testing.descriptions import Description, describe

__all__ = ["identical"]

_Path = dict[int, int]


def identical(left: object, right: object) -> bool:
    """Whether two values have the same type and the same content at every depth.

    Stricter than `==`: `1` is not `True`, `0.0` is not `-0.0`. Dicts and sets have no order, scalar
    NaNs are one, arrays go by their bits. Sharing, memory layout and cached properties do not
    show. A class with a method `__fingerprint__` is what that says.

    Raises:
        TypeError: A value cannot be compared: it says nothing about what it holds.
    """
    return _Walk({}, {}).same(left, right)


class _Leave(NamedTuple):
    """Marks where the walk leaves two values. It holds them, so that no other takes their ids."""

    left: object
    right: object


class _Walk:
    """Two values taken apart side by side; the paths say how deep each open value lies."""

    def __init__(self, lefts: _Path, rights: _Path) -> None:
        self.lefts = lefts
        self.rights = rights
        self.todo: list[tuple[object, object]] = []

    def same(self, left: object, right: object) -> bool:
        self.todo.append((left, right))
        while self.todo:
            step = self.todo.pop()
            if isinstance(step, _Leave):
                del self.lefts[id(step.left)], self.rights[id(step.right)]
            elif not self._enter(*step):
                return False
        return True

    def _enter(self, left: object, right: object) -> bool:
        if type(left) is not type(right):
            return False
        depths = self.lefts.get(id(left)), self.rights.get(id(right))
        if depths != (None, None):
            # A cycle: both lead back to the same depth, or they are of two shapes.
            return depths[0] == depths[1]
        one, other = describe(left), describe(right)
        if one.facts != other.facts or len(one.parts) != len(other.parts):
            return False
        if not one.parts:
            return True
        self.lefts[id(left)] = self.rights[id(right)] = len(self.lefts)
        self.todo.append(_Leave(left, right))
        if one.unordered:
            return self._matched(one.parts, other.parts)
        self.todo.extend(zip(reversed(one.parts), reversed(other.parts), strict=True))
        return True

    def _matched(self, left: Sequence[object], right: Sequence[object]) -> bool:
        """Whether each value on the left has a partner of its own on the right.

        Identity is transitive, so the first partner found is as good as any other.
        """
        (plain, nested), (others, candidates) = _sorted_out(left), _sorted_out(right)
        if plain != others or len(nested) != len(candidates):
            return False
        for value in nested:
            partners = (index for index, one in enumerate(candidates) if self._same(value, one))
            found = next(partners, None)
            if found is None:
                return False
            del candidates[found]
        return True

    def _same(self, left: object, right: object) -> bool:
        return _Walk(self.lefts.copy(), self.rights.copy()).same(left, right)


def _sorted_out(values: Sequence[object]) -> tuple[Counter[Hashable], list[object]]:
    """Count the values that facts describe alone, so that only the others are compared in pairs."""
    plain: Counter[Hashable] = Counter()
    nested = []
    for value in values:
        description: Description = describe(value)
        if description.parts:
            nested.append(value)
        else:
            plain[type(value), description.facts] += 1
    return plain, nested
