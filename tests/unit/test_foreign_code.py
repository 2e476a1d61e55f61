"""What a library has made of the user's code: its functions, its classes, its objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.programs import Edit, written
from tests.unit.test_origins import installed

Run = Callable[..., str]

LIBRARY = """
import functools

def nowraps(function):
    def inner(*values):
        return function(*values)
    return inner

def wraps(function):
    @functools.wraps(function)
    def inner(*values):
        return function(*values) * 2
    return inner

def thrice(function):
    @functools.wraps(function)
    def inner(*values):
        return function(*values) * 3
    return inner

def scaled(function, factor):
    @functools.wraps(function)
    def inner(*values):
        return function(*values) * factor
    return inner

def with_default(function):
    def inner(*values, _function=function):
        return _function(*values)
    return inner

def with_attribute(function):
    def inner(*values):
        return inner.function(*values)
    inner.function = function
    return inner

def configured(options):
    def inner(value):
        return value * options["rate"]
    return inner

def around_a_client(functions):
    client = object.__new__(Client)
    client.functions = functions
    def inner(value):
        return client.functions[0](value)
    return inner

def memoized(function):
    cache = {}
    def inner(value):
        if value not in cache:
            cache[value] = function(value)
        return cache[value]
    return inner

class Client:
    def __init__(self):
        self.lines = iter(())
        self.functions = []

def made(function):
    class Made:
        def run(self, value):
            return function(value)
    return Made
"""

LOOK = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import work
from orchestra_cache import fingerprint_code
print(fingerprint_code(work.task).hex)
"""


@pytest.fixture
def look(run_python: Run, tmp_path: Path) -> Callable[[str], str]:
    site = installed(tmp_path / "site-packages", "acme", "1.0", {"acme/__init__.py": LIBRARY})

    def look(source: str) -> str:
        return run_python(LOOK, str(site), str(written(tmp_path, source)))

    return look


def decorated(decorator: str) -> str:
    return f"""
    import acme
    @{decorator}
    def rate(n): return n * 2
    def task(n): return rate(n)
    """


EDITS = {
    "a closure without wraps": Edit(decorated("acme.nowraps"), "n * 2", "n * 3"),
    "a closure within a closure": Edit(
        decorated("acme.nowraps\n    @acme.nowraps"), "n * 2", "n * 3"
    ),
    "a default": Edit(decorated("acme.with_default"), "n * 2", "n * 3"),
    "an attribute": Edit(decorated("acme.with_attribute"), "n * 2", "n * 3"),
    "a memoized function": Edit(decorated("acme.memoized"), "n * 2", "n * 3"),
    "a value in a closure": Edit(
        "import acme\ndef one(n): return n\nrate = acme.scaled(one, 2)\ndef task(n): return rate",
        "(one, 2)",
        "(one, 3)",
    ),
    "which of two wrappers": Edit(
        "import acme\ndef one(n): return n\nrate = acme.wraps(one)\ndef task(n): return rate(n)",
        "acme.wraps",
        "acme.thrice",
    ),
    "options in a closure": Edit(
        "import acme\nrate = acme.configured({'rate': 2})\ndef task(n): return rate(n)", "2", "3"
    ),
    "a function held by a client": Edit(
        """
        import acme
        def one(n): return n * 2
        rate = acme.around_a_client([one])
        def task(n): return rate(n)
        """,
        "n * 2",
        "n * 3",
    ),
    "a method wrapped by the standard library": Edit(
        """
        import reprlib
        class Order:
            @reprlib.recursive_repr()
            def __repr__(self): return "one"
        def task(): return repr(Order())
        """,
        '"one"',
        '"two"',
    ),
}  # fmt: skip

MODELS = """
import typing, annotated_types, msgspec, pydantic
exec('''
class Order(pydantic.BaseModel):
    number: int = 31
    limited: int = pydantic.Field(32, ge=33, alias="a34")
    listed: list = pydantic.Field(default_factory=lambda: [35])
    whole: typing.Annotated[int, annotated_types.Gt(36)] = 37
    @pydantic.field_validator("number", mode="before")
    def checked(cls, value): return value
class Line(msgspec.Struct):
    number: int = 41
    listed: list = msgspec.field(default_factory=lambda: [42])
    limited: typing.Annotated[int, msgspec.Meta(ge=43)] = 44
''')
def task(): return Order(), Line()
"""
SAID = ("31", "32", "33", "a34", "35", "36", "37", "41", "42", "43", "44", "before")
CLASSES = {
    f"{said} in a class without a source": Edit(MODELS, said, "after" if said == "before" else "50")
    for said in SAID
}
CLASSES |= {
    "a method of a dataclass": Edit(
        """
        import dataclasses
        def run(self): return 1
        Order = dataclasses.make_dataclass("Order", ["n"], namespace={"run": run})
        def task(): return Order(1).run()
        """,
        "return 1",
        "return 2",
    ),
    "a default of a dataclass": Edit(
        """
        import dataclasses
        Order = dataclasses.make_dataclass("Order", [("n", int, 3)])
        Order.__module__ = "types"
        def task(): return Order()
        """,
        "int, 3",
        "int, 4",
    ),
    "a new class": Edit(
        """
        import types
        Order = types.new_class("Order", (), {}, lambda names: names.update(rate=3))
        def task(): return Order.rate
        """,
        "=3",
        "=4",
    ),
    "an abstract class": Edit(
        """
        import abc
        def run(self): return 1
        Order = abc.ABCMeta("Order", (), {"run": run})
        one = Order()
        def task(): return one.run()
        """,
        "return 1",
        "return 2",
    ),
    "a pydantic model": Edit(
        """
        import pydantic
        Order = pydantic.create_model("Order", n=(int, 3), __module__="pydantic.main")
        def task(): return Order()
        """,
        "int, 3",
        "int, 4",
    ),
    "a msgspec struct": Edit(
        """
        import msgspec
        Order = msgspec.defstruct("Order", [("n", int, 3)], module="msgspec")
        def task(): return Order()
        """,
        "int, 3",
        "int, 4",
    ),
    "an enumeration": Edit(
        """
        import enum
        Order = enum.Enum("Order", {"ONE": 3}, module="enum")
        def task(): return Order.ONE.value
        """,
        "3",
        "4",
    ),
    "a named tuple": Edit(
        """
        import collections
        Order = collections.namedtuple("Order", ["n"], defaults=[3], module="collections")
        def task(): return Order()
        """,
        "=[3]",
        "=[4]",
    ),
    "a class of a library's function": Edit(
        """
        import acme
        def one(n): return n * 2
        Order = acme.made(one)
        def task(n): return Order().run(n)
        """,
        "n * 2",
        "n * 3",
    ),
}
EDITS.update(CLASSES)

HOLDING = """
import logging, threading
class Scale:
    def __init__(self, rate):
        self.log = logging.getLogger("scale")
        self.lock = threading.RLock()
        self.event = threading.Event()
        self.options = {{"rate": rate, "lock": threading.Lock()}}
scale = {value}
scale_rate(scale, 3)
def task(n): return n * rate_of(scale)
"""
RATES = """
def scale_rate(scale, rate):
    held = scale[0] if isinstance(scale, list) else scale
    held.options["rate"] = rate
def rate_of(scale): return scale
"""
for _name, _value in (("an object", "Scale(1)"), ("a list", "[Scale(1)]")):
    EDITS[f"what stands beside a lock in {_name}"] = Edit(
        RATES + HOLDING.format(value=_value), "(scale, 3)", "(scale, 4)"
    )

PARAMETRISED = """
import typing, numpy, pandas, pydantic
T = typing.TypeVar("T")
class Own(pydantic.BaseModel, typing.Generic[T]):
    value: T
kinds = (Own[int], pydantic.RootModel[int], pydantic.RootModel[list[Own[str]]])
dtypes = (numpy.dtype("int64"), type(numpy.dtype("f8")), pandas.CategoricalDtype(["a"]))
more = (pandas.Int64Dtype(), pandas.DatetimeTZDtype(tz="UTC"), type(pandas.Series([1]).array))
def task(): return kinds, dtypes, more
"""


def test_what_libraries_parametrise_has_the_same_digest_in_another_process(
    look: Callable[[str], str],
) -> None:
    assert look(PARAMETRISED) == look(f"{PARAMETRISED}# A comment.\n")


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_a_library_made_has_the_same_digest_in_another_process(
    name: str, look: Callable[[str], str]
) -> None:
    source = dedent(str(CLASSES[name].before))

    assert look(source) == look(f"{source}# A comment.\n")


@pytest.mark.parametrize("name", EDITS)
def test_what_a_library_s_function_holds_counts(name: str, look: Callable[[str], str]) -> None:
    edit = EDITS[name]

    before, after = look(str(edit.before)), look(str(edit.after["work"]))

    assert before != after


def test_what_a_library_s_function_holds_has_the_same_digest_in_another_process(
    look: Callable[[str], str],
) -> None:
    for name in ("a memoized function", "a function held by a client"):
        source = str(EDITS[name].before)

        assert look(source) == look(f"{dedent(source)}# A comment.\n")


def test_what_a_library_keeps_of_calls_does_not_count(look: Callable[[str], str]) -> None:
    source = "import acme\ndef one(n): return n\ntask = acme.memoized(one)\n"

    assert look(source) == look(source + "task(1)\n")


def test_a_lock_s_state_within_an_object_does_not_count(look: Callable[[str], str]) -> None:
    source = RATES + HOLDING.format(value="Scale(1)")

    assert look(source) == look(f"{source}scale.event.set()\nscale.log.setLevel(10)\n")
