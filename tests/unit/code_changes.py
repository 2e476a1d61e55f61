"""Edits of small programs that change what runs."""

from __future__ import annotations

from tests.unit.programs import Edit

__all__ = ["ANOTHER_DIGEST"]


TASK = "\ndef task(n):\n    return helper(n)\n"
ELSEWHERE = "from other import helper\n" + TASK
METHODS = """
class Base:
    factor = 2
    _rate = 3
    def inherited(self, n): return n + 10
class Shop(Base):
    def total(self, n): return self.part(n) + self.inherited(n) + self._rate
    def part(self, n): return n + 20
    @property
    def name(self): return "name"
    @staticmethod
    def still(n): return n + 30
    @classmethod
    def made(cls, n): return n + 40
    def unused(self): return 50
def task(n): return Shop().total(n)
"""
WRAPPER = (
    """
import functools
def times(factor):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(n): return function(n) * factor
        return wrapper
    return decorate
FACTOR = 2
@times(FACTOR)
def helper(n): return n + 1
"""
    + TASK
)
RETRY = (
    """
class Retry:
    def __init__(self, function, tries): self.__wrapped__, self.tries = function, tries
    def __call__(self, n): return self.__wrapped__(n) + 5
def inner(n): return n + 1
helper = Retry(inner, 3)
"""
    + TASK
)
DISPATCH = (
    """
import functools
@functools.singledispatch
def helper(n): return 0
@helper.register
def _(n: int): return 1
@helper.register
def _(n: str): return 2
"""
    + TASK
)
DATACLASS = """
from dataclasses import dataclass, field
def start(): return [1]
@dataclass
class Order:
    number: int = 7
    items: list = field(default_factory=start)
def task(): return Order()
"""
PARTIAL = (
    """
from functools import partial
def add(m, n): return m + n
helper = partial(add, 1)
"""
    + TASK
)
RECURSIVE = """
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def task(n): return even(n)
"""

ANOTHER_DIGEST: dict[str, Edit] = {
    "its own body": Edit("def task(n): return n + 1", "+ 1", "+ 2"),
    "an operator": Edit("def task(n): return n + 1", "+", "-"),
    "a parameter's name": Edit("def task(n, *, m=0): return n", "m", "k"),
    "the kind of a parameter": Edit("def task(n, m): return n", "n, m", "n, *, m"),
    "a default": Edit("def task(n, m=1): return n", "m=1", "m=2"),
    "a default of a keyword": Edit("def task(n, *, m=1): return n", "m=1", "m=2"),
    "the value behind a default": Edit("M = 1\ndef task(n, m=M): return n", "M = 1", "M = 2"),
    "a lambda as default": Edit("def task(n, f=lambda n: n + 1): return f(n)", "n + 1", "n + 2"),
    "a helper's body": Edit("def helper(n): return n + 1" + TASK, "n + 1", "n + 2"),
    "a helper's helper": Edit(
        "def deep(n): return n + 1\ndef helper(n): return deep(n)" + TASK, "n + 1", "n + 2"
    ),
    "a helper in another module": Edit(
        {"work": ELSEWHERE, "other": "def helper(n): return n + 1"}, "n + 1", "n + 2"
    ),
    "a helper by module and name": Edit(
        {"work": "import other\ndef task(n): return other.helper(n)",
         "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a helper by a chain of modules": Edit(
        {"work": "import pack.deep.more\ndef task(n): return pack.deep.more.helper(n)",
         "pack.deep.more": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a helper imported when the task runs": Edit(
        {"work": "def task(n):\n    from other import helper as h\n    return h(n)",
         "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a module imported when the task runs": Edit(
        {"work": "def task(n):\n    import other as o\n    return o.helper(n)",
         "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a helper of a star import": Edit(
        {"work": "from other import *" + TASK, "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a helper of a relative import": Edit(
        {"work": "from pack.a import task", "pack.__init__": "",
         "pack.a": "def task(n):\n    from .b import helper\n    return helper(n)",
         "pack.b": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a module used as a whole": Edit(
        {"work": "import other\ndef task(name): return getattr(other, name)()",
         "other": "def helper(): return 1"},
        "return 1", "return 2",
    ),
    "a constant": Edit("RATE = 1\ndef task(n): return n * RATE", "RATE = 1", "RATE = 2"),
    "the type of a constant": Edit("RATE = 1\ndef task(n): return n * RATE", "= 1", "= 1.0"),
    "a constant in another module": Edit(
        {"work": "from other import RATE\ndef task(n): return n * RATE", "other": "RATE = 1"},
        "= 1", "= 2",
    ),
    "a constant by module and name": Edit(
        {"work": "import other\ndef task(n): return n * other.RATE", "other": "RATE = 1"},
        "= 1", "= 2",
    ),
    "a nested constant": Edit("T = {'a': [1]}\ndef task(k): return T[k]", "[1]", "[2]"),
    "a constant in a comprehension": Edit(
        "RATE = 1\ndef task(n): return [RATE for _ in range(n)]", "RATE = 1", "RATE = 2"
    ),
    "the order of an ordered dict": Edit(
        "from collections import OrderedDict as D\nT = D(a=1, b=2)\ndef task(): return list(T)",
        "a=1, b=2", "b=2, a=1",
    ),
    "a function in a dispatch table": Edit(
        "def one(): return 1\nT = {'one': one}\ndef task(k): return T[k]()", "return 1", "return 2"
    ),
    "a dispatch table": Edit(
        "def one(): return 1\ndef two(): return 2\nT = {'a': one, 'b': two}\n"
        "def task(k): return T[k]()",
        "'a': one, 'b': two", "'a': two, 'b': one",
    ),
    "a variable in a closure": Edit(
        "def make(m):\n    def inner(n): return n + m\n    return inner\ntask = make(1)",
        "(1)", "(2)",
    ),
    "a function in a closure": Edit(
        "def one(n): return n\ndef make(f):\n    def inner(n): return f(n)\n    return inner\n"
        "task = make(one)", "return n\n", "return -n\n",
    ),
    "a nested function": Edit(
        "def task(n):\n    def inner(m): return m + 1\n    return inner(n)", "m + 1", "m + 2"
    ),
    "a lambda": Edit("helper = lambda n: n + 1" + TASK, "n + 1", "n + 2"),
    "the first of two lambdas on a line": Edit(
        "helper, other = (lambda n: n + 1), (lambda n: n + 2)" + TASK, "n + 1", "n + 3"
    ),
    "which of two lambdas on a line": Edit(
        "one, two = (lambda n: n + 1), (lambda n: n + 2)\nhelper = one" + TASK, "= one", "= two"
    ),
    "two lambdas that differ in a constant, exchanged": Edit(
        "helper, other = (lambda n: n + 1), (lambda n: n + 2)" + TASK,
        "n + 1), (lambda n: n + 2", "n + 2), (lambda n: n + 1",
    ),
    "a method": Edit(METHODS, "n + 20", "n + 21"),
    "an inherited method": Edit(METHODS, "n + 10", "n + 11"),
    "a class attribute": Edit(METHODS, "factor = 2", "factor = 3"),
    "a private class attribute": Edit(METHODS, "_rate = 3", "_rate = 4"),
    "a property": Edit(METHODS, '"name"', '"other"'),
    "a static method": Edit(METHODS, "n + 30", "n + 31"),
    "a class method": Edit(METHODS, "n + 40", "n + 41"),
    "the kind of a method": Edit(METHODS, "@staticmethod", "@classmethod"),
    "the bases of a class": Edit(METHODS, "Shop(Base)", "Shop(Base, dict)"),
    "a method of a metaclass": Edit(
        "class M(type):\n    def make(cls): return 1\nclass A(metaclass=M): pass\n"
        "def task(): return A.make()",
        "return 1", "return 2",
    ),
    "a method of a nested class": Edit(
        "class A:\n    class B:\n        def f(self): return 1\ndef task(): return A.B().f()",
        "return 1", "return 2",
    ),
    "a descriptor": Edit(
        "class D:\n    def __get__(self, *_): return 1\nclass A:\n    d = D()\n"
        "def task(): return A().d",
        "return 1", "return 2",
    ),
    "the method called by a global object": Edit(
        "class A:\n    def __call__(self): return 1\nhelper = A()\ndef task(): return helper()",
        "return 1", "return 2",
    ),
    "the state of a global object": Edit(
        "class A:\n    def __init__(self, k): self.k = k\na = A(1)\ndef task(): return a.k",
        "A(1)", "A(2)",
    ),
    "an enum's value": Edit(
        "import enum\nclass E(enum.Enum):\n    A = 1\ndef task(): return E.A", "A = 1", "A = 2"
    ),
    "a field's default": Edit(DATACLASS, "= 7", "= 8"),
    "a field's annotation": Edit(DATACLASS, "number: int", "number: float"),
    "a field's default factory": Edit(DATACLASS, "return [1]", "return [2]"),
    "a decorator's argument": Edit(WRAPPER, "@times(FACTOR)", "@times(3)"),
    "the value of a decorator's argument": Edit(WRAPPER, "FACTOR = 2", "FACTOR = 3"),
    "a decorator": Edit(WRAPPER, "* factor", "+ factor"),
    "a decorated function": Edit(WRAPPER, "n + 1", "n + 2"),
    "a decorator less": Edit(WRAPPER, "@times(FACTOR)\n", ""),
    "what an object wraps": Edit(RETRY, "n + 1", "n + 2"),
    "an object that wraps": Edit(RETRY, "+ 5", "+ 6"),
    "the state of an object that wraps": Edit(RETRY, "inner, 3", "inner, 4"),
    "a partial's argument": Edit(PARTIAL, "1)", "2)"),
    "a partial's function": Edit(PARTIAL, "m + n", "m - n"),
    "a cached function": Edit(
        "from functools import lru_cache\n@lru_cache\ndef helper(n): return n + 1" + TASK,
        "n + 1", "n + 2",
    ),
    "a bound method of a built-in object": Edit(
        "helper = {1: 2}.get" + TASK, "1: 2", "1: 3"
    ),
    "a partial as class attribute": Edit(
        "from functools import partial\ndef add(m, n): return m + n\ndef make(m):\n"
        "    class A:\n        f = partial(add, m)\n    return A\nB = make(1)\n"
        "def task(n): return B.f(n)", "make(1)", "make(2)",
    ),
    "the first of two methods registered under one name": Edit(
        "import functools\nclass A:\n    @functools.singledispatchmethod\n"
        "    def f(self, n): return 0\n    @f.register\n    def _(self, n: int): return 1\n"
        "    @f.register\n    def _(self, n: str): return 2\ndef task(n): return A().f(n)",
        "return 1", "return 3",
    ),
    "a registered implementation": Edit(DISPATCH, "return 1", "return 3"),
    "which types are registered": Edit(DISPATCH, "n: str", "n: bytes"),
    "the fallback of a dispatch": Edit(DISPATCH, "return 0", "return 3"),
    "the first of two that call each other": Edit(RECURSIVE, "True", "None"),
    "the second of two that call each other": Edit(RECURSIVE, "False", "None"),
    "two that call each other, exchanged": Edit(RECURSIVE, "return even(n)", "return odd(n)"),
    "the bodies of two helpers, exchanged": Edit(
        "def one(n): return n + 1\ndef two(n): return n + 2\ndef task(n): return one(n) - two(n)",
        "def one(n): return n + 1\ndef two(n): return n + 2",
        "def one(n): return n + 2\ndef two(n): return n + 1",
    ),
    "two helpers of one text with other constants, exchanged": Edit(
        {"work": "from one import add as a\nfrom two import add as b\n"
                 "def task(n): return a(n) - b(n)",
         "one": "K = 1\ndef add(n): return n + K", "two": "K = 2\ndef add(n): return n + K"},
        "from one import add as a\nfrom two import add as b",
        "from two import add as a\nfrom one import add as b",
    ),
    "how a global is made that has no identity": Edit(
        "import logging\nlog = logging.getLogger('a')\ndef task(n): return log.name", "'a'", "'b'"
    ),
    "a coroutine": Edit("async def task(n): return n + 1", "+ 1", "+ 2"),
    "whether it is a coroutine": Edit("def task(n): return n + 1", "def", "async def"),
    "a docstring that is read": Edit(
        'def task(n):\n    "one"\n    return task.__doc__', '"one"', '"two"'
    ),
    "annotations that are read": Edit(
        "from typing import get_type_hints\ndef task(n: int): return get_type_hints(task)",
        "n: int", "n: str",
    ),
}  # fmt: skip
