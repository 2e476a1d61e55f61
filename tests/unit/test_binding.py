"""A compiled binder gives what `inspect.Signature.bind` gives."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_cache.binding import binder_of

LIST: list[int] = []


def plain(a, b): ...
def defaults(a, b=LIST, *, c=None, d=inspect): ...
def positional(a, b=2, /): ...
def mixed(a, /, b, *, c=3): ...
def stars(a, *args, b=1, **kwargs): ...
def every(a, b=1, /, c=2, *args, d, e=3, **kwargs): ...
def none(): ...
def underscores(_0, _1=5, *, binder=6): ...


FUNCTIONS = [
    plain,
    defaults,
    positional,
    mixed,
    stars,
    every,
    none,
    underscores,
    functools.partial(plain, 1),
    functools.partial(every, 1, d=4),
    functools.partial(defaults, b=3),
    lambda x, y=1: x,
]
names = st.sampled_from(["a", "b", "c", "d", "e", "x", "_0", "binder", "kwargs", "self", "args"])


def bound(function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    found = inspect.signature(function).bind(*args, **kwargs)
    found.apply_defaults()
    return dict(found.arguments)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: str(inspect.signature(one)))
@given(st.lists(st.integers(), max_size=6), st.dictionaries(names, st.integers(), max_size=5))
def test_it_binds_and_refuses_as_the_signature_does(
    function: Callable[..., Any], args: list[int], kwargs: dict[str, int]
) -> None:
    binder = binder_of(inspect.signature(function), "task")

    try:
        function(*args, **kwargs)
    except TypeError:
        with pytest.raises(TypeError):
            binder(*args, **kwargs)
        return
    found = binder(*args, **kwargs)

    # Some Pythons' `bind` refuses a keyword that is also the name of a positional-only parameter.
    with contextlib.suppress(TypeError):
        assert list(found.items()) == list(bound(function, *args, **kwargs).items())


def test_a_default_is_the_very_object() -> None:
    assert binder_of(inspect.signature(defaults), "task")(1)["b"] is LIST


def test_an_error_names_the_function() -> None:
    with pytest.raises(TypeError, match=r"^totals\(\) missing 1 required positional argument: 'b'"):
        binder_of(inspect.signature(plain), "totals")(1)
