"""Edits in every kind of function and class that Python has, and in every way to reach one."""

from __future__ import annotations

from tests.unit.programs import Edit

__all__ = ["KINDS", "WAYS"]

TASK = "\ndef task(n):\n    return helper(n)\n"
OTHER = {"other": "def helper(n): return n + 1\nRATE = 1\n"}

KINDS: dict[str, Edit] = {
    "a generator": Edit("def helper(n):\n    yield n + 1" + TASK, "n + 1", "n + 2"),
    "whether it is a generator": Edit("def helper(n):\n    yield n" + TASK, "yield", "return"),
    "an asynchronous generator": Edit(
        "async def helper(n):\n    yield n + 1\n"
        "async def task(n): return [m async for m in helper(n)]", "n + 1", "n + 2",
    ),
    "a coroutine that is awaited": Edit(
        "async def helper(n): return n + 1\nasync def task(n): return await helper(n)",
        "n + 1", "n + 2",
    ),
    "a nested generator expression": Edit(
        "def deep(n): return n + 1\ndef task(n): return sum(deep(m) for m in (k for k in n))",
        "n + 1", "n + 2",
    ),
    "a helper in a comprehension's condition": Edit(
        "def deep(n): return n > 1\ndef task(n): return {m: 1 for m in n if deep(m)}", "> 1", "> 2"
    ),
    "a comprehension in a class body": Edit(
        "RATE = 1\nclass A:\n    table = [m * RATE for m in range(3)]\n"
        "def task(): return A.table", "RATE = 1", "RATE = 2",
    ),
    "a method called on super": Edit(
        "class Base:\n    def part(self): return 1\nclass A(Base):\n"
        "    def part(self): return super().part() + 5\ndef task(): return A().part()",
        "return 1", "return 2",
    ),
    "a method by its class": Edit(
        "class A:\n    def part(self): return 1\ndef task(): return A.part(None)",
        "return 1", "return 2",
    ),
    "a method of a class in another module": Edit(
        {"work": "import other\ndef task(): return other.A.part(None)",
         "other": "class A:\n    def part(self): return 1"}, "return 1", "return 2",
    ),
    "a method reached from a method alone": Edit(
        "class A:\n    def part(self): return self.deep()\n    def deep(self): return 1\n"
        "task = A.part", "return 1", "return 2",
    ),
    "a bound method": Edit(
        "class A:\n    def part(self): return self.deep()\n    def deep(self): return 1\n"
        "task = A().part", "return 1", "return 2",
    ),
    "what __init_subclass__ does": Edit(
        "class Base:\n    def __init_subclass__(cls): cls.extra = lambda self: 1\n"
        "class A(Base): pass\ndef task(): return A().extra()", "self: 1", "self: 2",
    ),
    "an argument of a class statement": Edit(
        "class Base:\n    def __init_subclass__(cls, rate): cls.rate = rate\n"
        "class A(Base, rate=1): pass\ndef task(): return A.rate", "rate=1", "rate=2",
    ),
    "a metaclass's __new__": Edit(
        "class M(type):\n    def __new__(m, n, b, d): return type.__new__(m, n, b, {**d, 'k': 1})\n"
        "class A(metaclass=M): pass\ndef task(): return A.k", "'k': 1", "'k': 2",
    ),
    "a class's decorator": Edit(
        "def mark(cls):\n    cls.rate = 1\n    return cls\n@mark\nclass A: pass\n"
        "def task(): return A().rate", "rate = 1", "rate = 2",
    ),
    "a property's setter": Edit(
        "class A:\n    @property\n    def k(self): return self._k\n    @k.setter\n"
        "    def k(self, value): self._k = value + 1\n"
        "def task(a):\n    a = A()\n    a.k = 1\n    return a.k", "value + 1", "value + 2",
    ),
    "a cached property": Edit(
        "import functools\nclass A:\n    @functools.cached_property\n    def k(self): return 1\n"
        "def task(): return A().k", "return 1", "return 2",
    ),
    "a class method wrapped by a cache": Edit(
        "import functools\nclass A:\n    @classmethod\n    @functools.lru_cache\n"
        "    def k(cls): return 1\ndef task(): return A.k()", "return 1", "return 2",
    ),
    "a static method with a decorator": Edit(
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n"
        "    def wrapper(*a): return f(*a) * 2\n    return wrapper\nclass A:\n"
        "    @staticmethod\n    @twice\n    def k(): return 1\ndef task(): return A.k()",
        "* 2", "* 3",
    ),
    "an abstract method's implementation": Edit(
        "import abc\nclass Base(abc.ABC):\n    @abc.abstractmethod\n    def k(self): ...\n"
        "class A(Base):\n    def k(self): return 1\ndef task(): return A().k()",
        "return 1", "return 2",
    ),
    "the names of slots": Edit(
        "class A:\n    __slots__ = ('a', 'b')\ndef task(): return A.__slots__", "'b'", "'c'"
    ),
    "the method of an enum": Edit(
        "import enum\nclass E(enum.Enum):\n    A = 1\n    def twice(self): return self.value * 2\n"
        "def task(): return E.A.twice()", "* 2", "* 3",
    ),
    "an enum's member by itself": Edit(
        "import enum\nclass E(enum.Enum):\n    A = 1\n    def twice(self): return self.value * 2\n"
        "FIRST = E.A\ndef task(): return FIRST.twice()", "* 2", "* 3",
    ),
    "a named tuple's method": Edit(
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 1\n"
        "    def twice(self): return self.x * 2\ndef task(): return P().twice()", "* 2", "* 3",
    ),
    "a named tuple's default": Edit(
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 1\n"
        "def task(): return P().x", "= 1", "= 2",
    ),
    "the fields of a namedtuple()": Edit(
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\n"
        "def task(): return P(1, 2)._fields", "x y", "y x",
    ),
    "the defaults of a namedtuple()": Edit(
        "from collections import namedtuple\nP = namedtuple('P', 'x', defaults=[1])\n"
        "def task(): return P().x", "[1]", "[2]",
    ),
    "a typed dict's keys": Edit(
        "from typing import TypedDict\nclass D(TypedDict):\n    x: int\n"
        "def task(): return D.__annotations__", "x: int", "y: int",
    ),
    "a protocol's method": Edit(
        "from typing import Protocol\nclass P(Protocol):\n    def k(self): return 1\n"
        "class A(P): pass\ndef task(): return A().k()", "return 1", "return 2",
    ),
    "a generic class's method": Edit(
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n"
        "    def k(self): return 1\ndef task(): return Box[int]().k()", "return 1", "return 2",
    ),
    "the base of a generic subclass": Edit(
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n"
        "    def k(self): return 1\nclass Crate(Box[int]): pass\ndef task(): return Crate().k()",
        "return 1", "return 2",
    ),
    "an exception's method": Edit(
        "class Bad(ValueError):\n    def __str__(self): return 'one'\n"
        "def task(n):\n    try: n()\n    except Bad as bad: return str(bad)", "'one'", "'two'",
    ),
    "an exception's base": Edit(
        "class Bad(ValueError): pass\ndef task(n): raise Bad", "ValueError", "KeyError"
    ),
    "string annotations of a class": Edit(
        "class A:\n    x: 'int'\ndef task(): return A.__annotations__", "'int'", "'str'"
    ),
    "a dataclass's options": Edit(
        "from dataclasses import dataclass\n@dataclass(order=False)\nclass A:\n    x: int = 1\n"
        "def task(): return A() < A()", "order=False", "order=True",
    ),
    "a field's options": Edit(
        "from dataclasses import dataclass, field\n@dataclass\nclass A:\n"
        "    x: int = field(default=1, compare=True)\ndef task(): return A() == A()",
        "compare=True", "compare=False",
    ),
    "a dataclass's __post_init__": Edit(
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
        "    def __post_init__(self): self.x += 1\ndef task(): return A(1).x", "+= 1", "+= 2",
    ),
    "a class within a function": Edit(
        "def task():\n    class A:\n        def k(self): return 1\n    return A().k()",
        "return 1", "return 2",
    ),
    "a class made by a function": Edit(
        "def make():\n    class A:\n        def k(self): return 1\n    return A\nA = make()\n"
        "def task(): return A().k()", "return 1", "return 2",
    ),
    "the options of a dataclass made by a function": Edit(
        "from dataclasses import dataclass\ndef make():\n    @dataclass(order=False)\n"
        "    class A:\n        x: int = 1\n    return A\nA = make()\n"
        "def task(): return A() < A()", "order=False", "order=True",
    ),
    "a descriptor's __set_name__": Edit(
        "class D:\n    def __set_name__(self, owner, name): self.n = name\n"
        "    def __get__(self, *_): return self.n * 1\nclass A:\n    d = D()\n"
        "def task(): return A().d", "* 1", "* 2",
    ),
    "a method made by partialmethod": Edit(
        "from functools import partialmethod\nclass A:\n    def f(self, n): return n + 1\n"
        "    g = partialmethod(f, 2)\ndef task(): return A().g()", "f, 2", "f, 3",
    ),
    "a function under partialmethod": Edit(
        "from functools import partialmethod\ndef add(self, n): return n + 1\nclass A:\n"
        "    g = partialmethod(add, 2)\ndef task(): return A().g()", "n + 1", "n + 2",
    ),
    "a method under a dunder name": Edit(
        "class A:\n    def __add__(self, n): return n + 1\ndef task(): return A() + 1",
        "n + 1", "n + 2",
    ),
    "a private method": Edit(
        "class A:\n    def __k(self): return 1\n    def f(self): return self.__k()\n"
        "def task(): return A().f()", "return 1", "return 2",
    ),
    "a context manager made of a generator": Edit(
        "import contextlib\n@contextlib.contextmanager\ndef helper(n):\n    yield n + 1\n"
        "def task(n):\n    with helper(n) as m: return m", "n + 1", "n + 2",
    ),
    "a context manager class": Edit(
        "class C:\n    def __enter__(self): return 1\n    def __exit__(self, *_): pass\n"
        "def task():\n    with C() as c: return c", "return 1", "return 2",
    ),
    "a function given to reduce": Edit(
        "import functools\ndef add(m, n): return m + n\n"
        "def task(n): return functools.reduce(add, n)", "m + n", "m - n",
    ),
    "which operator is used": Edit(
        "import operator\ndef task(n): return operator.add(n, 1)", "operator.add", "operator.sub"
    ),
    "an itemgetter's key": Edit(
        "import operator\nhelper = operator.itemgetter(1)" + TASK, "(1)", "(2)"
    ),
    "an attrgetter's name": Edit(
        "import operator\nhelper = operator.attrgetter('a')" + TASK, "'a'", "'b'"
    ),
    "a helper in a match statement": Edit(
        "def deep(n): return n > 1\ndef task(n):\n    match n:\n"
        "        case [m] if deep(m): return m", "> 1", "> 2",
    ),
    "a class in a match pattern": Edit(
        "class A:\n    __match_args__ = ('x',)\n    x = 1\ndef task(n):\n    match n:\n"
        "        case A(m): return m", "x = 1", "x = 2",
    ),
    "a constant in a match pattern": Edit(
        "class K:\n    A = 1\ndef task(n):\n    match n:\n        case K.A: return n",
        "A = 1", "A = 2",
    ),
    "a helper in a walrus": Edit(
        "def deep(n): return n > 1\ndef task(n): return (m := deep(n)) and m", "> 1", "> 2"
    ),
    "a helper in an f-string": Edit(
        "def deep(n): return 1\ndef task(n): return f'{deep(n):>{deep(3)}}'", "return 1", "return 2"
    ),
    "the text of an f-string": Edit("def task(n): return f'a{n}b'", "a{n}b", "a{n}c"),
    "an f-string's format": Edit("def task(n): return f'{n:>3}'", ">3", ">4"),
    "a type alias that is used": Edit(
        "Number = int\ndef task(n): return Number(n)", "= int", "= float"
    ),
    "a global that a function sets": Edit(
        "RATE = 1\ndef prepare():\n    global RATE\n    RATE = 2\n"
        "def task(n):\n    prepare()\n    return n * RATE", "RATE = 2", "RATE = 3",
    ),
    "the value under a global statement": Edit(
        "RATE = 1\ndef task(n):\n    global RATE\n    RATE += n\n    return RATE",
        "RATE = 1", "RATE = 2",
    ),
    "which name a global statement names": Edit(
        "A = B = 1\ndef task(n):\n    global A\n    A = n", "global A", "global B"
    ),
    "a try's other branch": Edit(
        "def task(n):\n    try: return n()\n    except ValueError: return 1", "return 1", "return 2"
    ),
    "a lambda in a default factory": Edit(
        "from collections import defaultdict\nT = defaultdict(lambda: 1)\n"
        "def task(n): return T[n]", "lambda: 1", "lambda: 2",
    ),
    "a closure two functions deep": Edit(
        "def outer(a):\n    def middle(b):\n        def inner(n): return n + a + b\n"
        "        return inner\n    return middle\ntask = outer(1)(2)", "outer(1)", "outer(3)",
    ),
    "a function that a closure calls itself by": Edit(
        "def make(k):\n    def inner(n): return inner(n - 1) if n else k\n    return inner\n"
        "task = make(1)", "make(1)", "make(2)",
    ),
    "the nested function of another branch": Edit(
        "def make(flag):\n    if flag:\n        def inner(n): return n + 1\n    else:\n"
        "        def inner(n): return n + 2\n    return inner\ntask = make(True)",
        "True", "False",
    ),
    "a wrapper without wraps": Edit(
        "def twice(f):\n    def wrapper(n): return f(n) * 2\n    return wrapper\n@twice\n"
        "def helper(n): return n + 1" + TASK, "n + 1", "n + 2",
    ),
    "the outer of two decorators": Edit(
        "def one(f): return lambda n: f(n) + 10\ndef two(f): return lambda n: f(n) * 2\n"
        "@one\n@two\ndef helper(n): return n" + TASK, "+ 10", "+ 11",
    ),
    "the order of decorators": Edit(
        "def one(f): return lambda n: f(n) + 10\ndef two(f): return lambda n: f(n) * 2\n"
        "@one\n@two\ndef helper(n): return n" + TASK, "@one\n@two", "@two\n@one",
    ),
    "a decorator that returns the function itself": Edit(
        "def mark(f):\n    f.rate = 1\n    return f\n@mark\ndef helper(n): return helper.rate"
        + TASK, "f.rate = 1", "f.rate = 2",
    ),
    "a decorator made of a class": Edit(
        "class Twice:\n    def __init__(self, f): self.f = f\n"
        "    def __call__(self, n): return self.f(n) * 2\n@Twice\ndef helper(n): return n + 1"
        + TASK, "* 2", "* 3",
    ),
    "the function in a decorator made of a class": Edit(
        "class Twice:\n    def __init__(self, f): self.f = f\n"
        "    def __call__(self, n): return self.f(n) * 2\n@Twice\ndef helper(n): return n + 1"
        + TASK, "n + 1", "n + 2",
    ),
}  # fmt: skip

WAYS: dict[str, Edit] = {
    "a list of functions": Edit(
        "def one(n): return n + 1\nSTEPS = [one, len]\n"
        "def task(n): return [step(n) for step in STEPS]", "n + 1", "n + 2",
    ),
    "a tuple within a dict within a list": Edit(
        "def one(n): return n + 1\nSTEPS = [{'a': (one, 1)}]\ndef task(n): return STEPS[0]",
        "n + 1", "n + 2",
    ),
    "a set of functions": Edit(
        "def one(n): return n + 1\nSTEPS = {one}\ndef task(n): return STEPS", "n + 1", "n + 2"
    ),
    "a method in a table": Edit(
        "class A:\n    def f(self): return 1\nT = {'f': A().f}\ndef task(): return T['f']()",
        "return 1", "return 2",
    ),
    "a class in a table": Edit(
        "class A:\n    def f(self): return 1\nT = {'f': A}\ndef task(): return T['f']().f()",
        "return 1", "return 2",
    ),
    "an object in a table": Edit(
        "class A:\n    def f(self): return 1\nT = {'f': A()}\ndef task(): return T['f'].f()",
        "return 1", "return 2",
    ),
    "a function that an object holds": Edit(
        "class A:\n    def __init__(self, f): self.f = f\ndef one(): return 1\na = A(one)\n"
        "def task(): return a.f()", "return 1", "return 2",
    ),
    "a partial of a method": Edit(
        "from functools import partial\nclass A:\n    def f(self, n): return n + 1\n"
        "helper = partial(A().f, 1)\ndef task(n): return helper()", "n + 1", "n + 2",
    ),
    "a partial of a partial": Edit(
        "from functools import partial\ndef add(a, b, c): return a + b + c\n"
        "helper = partial(partial(add, 1), 2)" + TASK, "a + b + c", "a - b - c",
    ),
    "a partial of a lambda": Edit(
        "from functools import partial\nhelper = partial(lambda k, n: k + n, 1)" + TASK,
        "k + n", "k - n",
    ),
    "an import that may fail": Edit(
        {"work": "try:\n    from missing_one import helper\nexcept ImportError:\n"
                 "    from other import helper\n" + TASK, **OTHER},
        "n + 1", "n + 2",
    ),
    "a fallback for an import that fails": Edit(
        "try:\n    from missing_one import helper\nexcept ImportError:\n"
        "    def helper(n): return n + 1\n" + TASK, "n + 1", "n + 2",
    ),
    "a definition under a condition": Edit(
        "import sys\nif sys.platform:\n    def helper(n): return n + 1\nelse:\n"
        "    def helper(n): return n - 1\n" + TASK, "n + 1", "n + 2",
    ),
    "a local import that may fail": Edit(
        {"work": "def task(n):\n    try:\n        from missing_one import helper\n"
                 "    except ImportError:\n        from other import helper\n"
                 "    return helper(n)", **OTHER},
        "n + 1", "n + 2",
    ),
    "a local import that may fail, the first": Edit(
        {"work": "def task(n):\n    try:\n        from other import helper\n"
                 "    except ImportError:\n        from missing_one import helper\n"
                 "    return helper(n)", **OTHER},
        "n + 1", "n + 2",
    ),
    "the first of two local imports": Edit(
        {"work": "def task(n):\n    if n:\n        import one as m\n    else:\n"
                 "        import two as m\n    return m.helper(n)",
         "one": "def helper(n): return n + 1", "two": "def helper(n): return n + 3"},
        "n + 1", "n + 2",
    ),
    "the second of two local imports": Edit(
        {"work": "def task(n):\n    if n:\n        import one as m\n    else:\n"
                 "        import two as m\n    return m.helper(n)",
         "one": "def helper(n): return n + 1", "two": "def helper(n): return n + 3"},
        "n + 3", "n + 2",
    ),
    "a local import in a nested function": Edit(
        {"work": "def task(n):\n    def inner():\n        from other import helper\n"
                 "        return helper(n)\n    return inner()", **OTHER},
        "n + 1", "n + 2",
    ),
    "a local import of a submodule": Edit(
        {"work": "def task(n):\n    import pack.deep\n    return pack.deep.helper(n)",
         "pack.__init__": "", "pack.deep": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a local import of a submodule by another name": Edit(
        {"work": "def task(n):\n    import pack.deep as d\n    return d.helper(n)",
         "pack.__init__": "", "pack.deep": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a local star of a package": Edit(
        {"work": "from pack import *" + TASK, "pack.__init__": "from .deep import *",
         "pack.deep": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a name that a package offers": Edit(
        {"work": "import pack\ndef task(n): return pack.helper(n)",
         "pack.__init__": "from pack.deep import helper\n__all__ = ['helper']",
         "pack.deep": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a module that a package offers": Edit(
        {"work": "from pack import deep\ndef task(n): return deep.helper(n)",
         "pack.__init__": "", "pack.deep": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a relative import of a parent": Edit(
        {"work": "from pack.low.a import task", "pack.__init__": "", "pack.low.__init__": "",
         "pack.low.a": "from ..b import helper" + TASK, "pack.b": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a local relative import of a module": Edit(
        {"work": "from pack.a import task", "pack.__init__": "",
         "pack.a": "def task(n):\n    from . import b\n    return b.helper(n)",
         "pack.b": "def helper(n): return n + 1"},
        "n + 1", "n + 2",
    ),
    "a name that a module makes when asked": Edit(
        {"work": "import other\ndef task(n): return other.helper(n)",
         "other": "def _made(n): return n + 1\ndef __getattr__(name):\n"
                  "    if name == 'helper': return _made\n    raise AttributeError(name)"},
        "n + 1", "n + 2",
    ),
    "a helper of a module used as a whole": Edit(
        {"work": "import other\ndef task(n): return getattr(other, n)()",
         "other": "from deep import one\ndef helper(): return one()",
         "deep": "def one(): return 1"},
        "return 1", "return 2",
    ),
    "a module given to a function": Edit(
        {"work": "import other\ndef use(m): return m.helper(1)\ndef task(n): return use(other)",
         **OTHER},
        "n + 1", "n + 2",
    ),
    "a constant of a module used as a whole": Edit(
        {"work": "import other\ndef task(n): return vars(other)[n]", **OTHER},
        "RATE = 1", "RATE = 2",
    ),
    "an attribute of an object in a module": Edit(
        {"work": "import other\ndef task(): return other.a.b.c",
         "other": "class N: pass\na = N()\na.b = N()\na.b.c = 1"},
        "= 1", "= 2",
    ),
    "a helper that calls back": Edit(
        {"work": "import other\ndef base(n): return n + 1\ndef task(n): return other.run(n)",
         "other": "def run(n):\n    import work\n    return work.base(n)"},
        "n + 1", "n + 2",
    ),
    "two modules that import each other": Edit(
        {"work": "import other\nRATE = 1\ndef task(n): return other.run(n)",
         "other": "import work\ndef run(n): return n * work.RATE"},
        "RATE = 1", "RATE = 2",
    ),
    "an alias of a helper": Edit(
        "def helper(n): return n + 1\nagain = helper\ndef task(n): return again(n)",
        "n + 1", "n + 2",
    ),
    "a default that is a class": Edit(
        "class A:\n    def f(self): return 1\ndef task(kind=A): return kind().f()",
        "return 1", "return 2",
    ),
    "a keyword default that is a function": Edit(
        "def one(n): return n + 1\ndef task(n, *, f=one): return f(n)", "n + 1", "n + 2"
    ),
    "a helper's default": Edit("def helper(n, k=1): return n + k" + TASK, "k=1", "k=2"),
    "a method's default": Edit(
        "class A:\n    def f(self, k=1): return k\ndef task(): return A().f()", "k=1", "k=2"
    ),
    "what a wrapper finds in __wrapped__": Edit(
        "import functools\ndef wrap(f):\n    def wrapper(n): return wrapper.__wrapped__(n)\n"
        "    return wrapper\ndef inner(n): return n + 1\nhelper = wrap(inner)\n"
        "helper.__wrapped__ = inner" + TASK, "n + 1", "n + 2",
    ),
    "a helper found in globals()": Edit(
        "def helper(n): return n + 1\ndef task(n): return globals()['helper'](n)",
        "n + 1", "n + 2",
    ),
    "a helper named in a text that is run": Edit(
        "def helper(n): return n + 1\ndef task(n): return eval('helper(n)')", "n + 1", "n + 2"
    ),
    "a module imported by a literal name": Edit(
        {"work": "import importlib\ndef task(n):\n"
                 "    return importlib.import_module('other').helper(n)", **OTHER},
        "n + 1", "n + 2",
    ),
    "a module imported by __import__": Edit(
        {"work": "def task(n): return __import__('other').helper(n)", **OTHER}, "n + 1", "n + 2"
    ),
    "a subclass that its base asks for": Edit(
        "class Base:\n    @classmethod\n    def make(cls): return cls.__subclasses__()[0]().f()\n"
        "class A(Base): pass\nclass B(A):\n    def f(self): return 1\n"
        "def task(): return Base.make()", "return 1", "return 2",
    ),
    "a subclass that a function asks for": Edit(
        "class Base: pass\nclass A(Base):\n    def f(self): return 1\n"
        "def task(): return [kind().f() for kind in Base.__subclasses__()]",
        "return 1", "return 2",
    ),
    "what an abstract class takes for its own": Edit(
        "import abc\nclass A(abc.ABC): pass\nA.register(int)\n"
        "def task(n): return isinstance(n, A)", "register(int)", "register(str)",
    ),
    "the class of an object that says its own fingerprint": Edit(
        "from orchestra_cache import fingerprint\nclass A:\n    def f(self): return 1\n"
        "    def __fingerprint__(self): return fingerprint(3)\na = A()\n"
        "def task(): return a.f()", "return 1", "return 2",
    ),
    "another method of a class made by a function": Edit(
        "def make():\n    class A:\n        def part(self): return self.deep()\n"
        "        def deep(self): return 1\n    return A\ntask = make().part",
        "return 1", "return 2",
    ),
    "another method of a class that has no name any more": Edit(
        "class A:\n    def part(self): return self.deep()\n    def deep(self): return 1\n"
        "task = A.part\ndel A", "return 1", "return 2",
    ),
    "another method under a wrapper without wraps": Edit(
        "def wrap(f): return lambda self: f(self)\nclass A:\n    @wrap\n"
        "    def part(self): return self.deep()\n    def deep(self): return 1\ntask = A.part",
        "return 1", "return 2",
    ),
    "an assertion": Edit("def task(n):\n    assert n > 1\n    return n", "n > 1", "n > 2"),
    "a deleted name": Edit("def task(n):\n    del n[1]\n    return n", "n[1]", "n[2]"),
}  # fmt: skip
