"""Two classes of one name stay apart: by where each stands, and by what each does."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, fingerprint_code


def made(n: int) -> Any:
    class P:
        def f(self) -> int:
            return n

    return P


def coloured(n: int) -> Any:
    class Colour(enum.Enum):
        RED = 1

        def f(self) -> int:
            return n

    return Colour.RED


ONE, TWO = made(1)(), made(2)()
RED, DARK = coloured(1), coloured(2)
TABLE: list[Any] = [ONE, TWO]


def called(*objects: Any) -> list[int]:
    return [one.f() for one in objects]


def table() -> list[int]:
    return [one.f() for one in TABLE]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((ONE, TWO), (TWO, ONE)),
        ((ONE, TWO, ONE), (ONE, TWO, TWO)),
        ((RED, DARK), (DARK, RED)),
        ((ONE,), (TWO,)),
    ],
)
def test_which_of_them_stands_where_counts(tmp_path: Path, first: Any, second: Any) -> None:
    task = Cache(tmp_path).memoize(called)

    results = [task(*first), task(*second), task(*first)]

    assert results == [called(*first), called(*second), called(*first)]
    assert task.lookup(*first)


def test_the_same_of_parameters_of_their_own(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(lambda a, b: [a.f(), b.f()])

    assert [task(ONE, TWO), task(TWO, ONE), task(ONE, ONE)] == [[1, 2], [2, 1], [1, 1]]


def test_the_same_where_a_later_parameter_tells_that_there_are_two(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(lambda a, b: [a.f(), *called(*b)])

    assert [task(ONE, [ONE, TWO]), task(TWO, [ONE, TWO])] == [[1, 1, 2], [2, 1, 2]]
    assert task.lookup(ONE, [ONE, TWO]) and task.lookup(TWO, [ONE, TWO])


def test_the_same_in_a_global(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint_code(table)
    monkeypatch.setitem(globals(), "TABLE", [TWO, ONE])
    after = fingerprint_code(table)

    assert before != after
