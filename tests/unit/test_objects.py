"""Values that say what they are themselves, values without end, and values in other processes."""

from __future__ import annotations

import collections
import os
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import attrs
import msgspec
import pytest
from pydantic import BaseModel

from orchestra_cache import Digest, fingerprint
from orchestra_cache.fingerprints import encoder

DEPTH = 10_000


class Money:
    """Two amounts are one, whatever has been looked up meanwhile."""

    def __init__(self, amount: Any, seen: int = 0) -> None:
        self.amount = amount
        self.seen = seen

    def __fingerprint__(self) -> object:
        return self.amount


class Price(Money): ...


class Known:
    def __init__(self, digest: Digest) -> None:
        self.digest = digest

    def __fingerprint__(self) -> Digest:
        return self.digest


@dataclass
class Link:
    value: Any
    other: Any = None


def test_a_class_says_what_counts() -> None:
    assert fingerprint(Money(1, seen=1)) == fingerprint(Money(1, seen=2))
    assert fingerprint(Money(1)) != fingerprint(Money(2))


def test_what_a_class_says_is_no_plain_value() -> None:
    values = [Money(1), Price(1), 1, [1], Money([1]), Money(Money(1))]

    assert len({fingerprint(value) for value in values}) == len(values)


def test_a_digest_that_a_class_gives_stands_for_the_value() -> None:
    whole = fingerprint([1, 2])

    assert fingerprint(Known(whole)) == whole


def test_a_registered_function_says_what_counts() -> None:
    class Client:
        def __init__(self, url: str) -> None:
            self.url = url
            self.socket = memoryview(b"live")

    fingerprint.register(Client, lambda client: client.url)

    assert fingerprint(Client("a")) == fingerprint(Client("a"))
    assert fingerprint([Client("a")]) != fingerprint([Client("b")])
    assert fingerprint(Client("a")) != fingerprint("a")


def test_a_registration_replaces_what_was_found_before() -> None:
    before = fingerprint(Link(1, 2))

    try:
        fingerprint.register(Link, lambda link: link.value)
        registered = fingerprint(Link(1, 2)), fingerprint(Link(1, 3))
    finally:
        _forget(Link)

    assert registered[0] == registered[1] != before
    assert fingerprint(Link(1, 2)) == before


def _forget(kind: type) -> None:
    from orchestra_cache.fingerprints.values.nodes import EXACT

    del EXACT[kind]


def loop(kind: Callable[[], Any], close: Callable[[Any], object]) -> Any:
    value = kind()
    close(value)
    return value


LOOPS: dict[str, Callable[[], Any]] = {
    "list": lambda: loop(list, lambda value: value.append(value)),
    "dict": lambda: loop(dict, lambda value: value.update(a=value)),
    "object": lambda: loop(lambda: Link(1), lambda value: setattr(value, "other", value)),
    "tuple": lambda: loop(lambda: ([],), lambda value: value[0].append(value)),
    "longer": lambda: loop(lambda: [[[]]], lambda value: value[0][0].append(value)),
    "twice": lambda: loop(list, lambda value: value.extend([value, value])),
    "with more": lambda: loop(lambda: [1], lambda value: value.append(value)),
    "with more behind": lambda: loop(lambda: [1], lambda value: value.insert(0, value)),
    "dict of a list": lambda: loop(lambda: {"a": []}, lambda value: value["a"].append(value)),
    "list of a dict": lambda: loop(lambda: [{}], lambda value: value[0].update(a=value)),
    "number key": lambda: loop(dict, lambda value: value.update({1: value})),
    "default dict": lambda: loop(
        lambda: collections.defaultdict(list), lambda value: value["a"].append(value)
    ),
    "ordered dict": lambda: loop(collections.OrderedDict, lambda value: value.update(a=value)),
    "deque": lambda: loop(collections.deque, lambda value: value.append(value)),
    "namespace": lambda: loop(types.SimpleNamespace, lambda value: vars(value).update(a=value)),
    "subclass": lambda: loop(Numbers, lambda value: value.append(value)),
    "attribute of a subclass": lambda: loop(Numbers, lambda value: vars(value).update(a=value)),
    "attrs": lambda: loop(lambda: Field([]), lambda value: value.a.append(value)),
    "struct": lambda: loop(lambda: Struct([]), lambda value: value.a.append(value)),
    "model": lambda: loop(lambda: Model(a=[]), lambda value: value.a.append(value)),
    "own": lambda: loop(lambda: Money([]), lambda value: value.amount.append(value)),
    "partial": lambda: loop(lambda: partial(print, []), lambda value: value.args[0].append(value)),
    "set": lambda: loop(lambda: Hashed(), lambda value: vars(value).update(a={value})),
    "key": lambda: loop(lambda: Hashed(), lambda value: vars(value).update(a={value: 1})),
    "error": lambda: loop(lambda: ValueError([]), lambda value: value.args[0].append(value)),
    "two": lambda: between([], []),
    "two, seen from a pair": lambda: [between([], [])],
    "list and dict": lambda: between([], {}),
    "dict and list": lambda: between({}, []),
    "from inside": lambda: between([], {})[0],
}


def between(one: Any, other: Any) -> Any:
    """Two containers, each in the other."""
    for left, right in ((one, other), (other, one)):
        left.append(right) if isinstance(left, list) else left.update(a=right)
    return one


class Numbers(list[Any]): ...


class Hashed:
    a: Any


@attrs.define
class Field:
    a: Any


class Struct(msgspec.Struct):
    a: Any


class Model(BaseModel):
    a: Any


class Row(NamedTuple):
    a: Any


@pytest.mark.parametrize("name", LOOPS)
def test_a_value_that_contains_itself_has_a_fingerprint(name: str) -> None:
    assert fingerprint(LOOPS[name]()) == fingerprint(LOOPS[name]())


# The same shapes, made in another way.
ALIKE = {
    "from inside": "dict and list",
    "dict of a list": "dict and list",
    "list of a dict": "list and dict",
}


def test_loops_of_another_shape_differ() -> None:
    digests = {name: fingerprint(make()) for name, make in LOOPS.items()}

    assert len(set(digests.values())) == len(LOOPS) - len(ALIKE)
    assert all(digests[one] == digests[other] for one, other in ALIKE.items())


def test_a_value_that_occurs_twice_is_no_loop() -> None:
    shared = [1]

    assert fingerprint([shared, [shared]]) == fingerprint([[1], [[1]]])


def nested(depth: int, innermost: Any, around: Callable[[Any], Any]) -> Any:
    for _ in range(depth):
        innermost = around(innermost)
    return innermost


@pytest.mark.parametrize(
    "around",
    [
        lambda value: [value],
        lambda value: (value,),
        lambda value: {"a": value},
        lambda value: {1: value},
        Link,
        lambda value: collections.OrderedDict(a=value),
        lambda value: collections.defaultdict(None, a=value),
        lambda value: collections.deque([value]),
        lambda value: types.SimpleNamespace(a=value),
        lambda value: frozenset([value]),
        lambda value: {(value,): 1} if isinstance(value, int) else {1: value},
        lambda value: Numbers([value]),
        lambda value: Row(value),
        lambda value: Field(value),
        lambda value: Struct(value),
        lambda value: Model.model_construct(a=value),
        lambda value: ValueError(value),
        lambda value: Money(value),
        lambda value: [{"a": (value,)}],
    ],
    ids=lambda around: str(around(0)).split("(")[0][:30],
)
def test_nesting_may_be_as_deep_as_memory_allows(around: Callable[[Any], Any]) -> None:
    assert sys.getrecursionlimit() < DEPTH

    one, same, other = (fingerprint(nested(DEPTH, bottom, around)) for bottom in (1, 1, 2))

    assert one == same
    assert one != other


def test_the_classes_of_a_value_are_noted() -> None:
    writer = encoder()

    writer.digest({"a": [Link(1), Money(2)]})

    assert {Link, Money} <= writer.met


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_a_forked_child_still_hashes_what_is_large(run_python: Callable[..., str]) -> None:
    program = """
import os
from orchestra_cache import fingerprint
large = bytes(8 << 20)
whole = fingerprint(large)
child = os.fork()
if not child:
    os._exit(0 if fingerprint(large) == whole else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

    assert run_python(program, timeout=60) == "0"


def test_a_thread_may_fingerprint_while_others_do() -> None:
    from orchestra_cache.testing.stores import at_once

    value = {"rows": [Link(number, [number] * 3) for number in range(200)], "data": bytes(3 << 20)}

    digests = at_once(lambda _: fingerprint(value))

    assert set(digests) == {fingerprint(value)}
