"""Edits in how something is made that has no identity: a compiled function, a client, a lock."""

from __future__ import annotations

from tests.unit.programs import Edit

__all__ = ["MADE", "SAME_MAKING"]

TASK = "def task(n): return helper(n)\n"
INNER = "import numpy\ndef inner(n): return n + 1\n"
CLIENT = (
    "import threading\nclass Client:\n    def __init__(self, *given): self.given = given\n"
    "    def __enter__(self): return self\n    def __exit__(self, *_): pass\n"
    "    lock = property(lambda self: self._lock)\n    def add(self, f):\n"
    "        self.f = f\n        return f\n"
    "    def __setstate__(self, state): pass\n"
    "def client(*given):\n    made = Client(*given)\n    made._lock = threading.Lock()\n"
    "    return made\n"
)


def made(text: str, old: str, new: str) -> Edit:
    return Edit(INNER + text + TASK, old, new)


def client(text: str, old: str = "'a'", new: str = "'b'") -> Edit:
    return Edit(CLIENT + text, old, new)


UFUNC = "numpy.frompyfunc(inner, 1, 1)"

MADE: dict[str, Edit] = {
    "what it is made of": made(f"helper = {UFUNC}\n", "n + 1", "n + 2"),
    "what that is made of": made(
        "deep = inner\ndef outer(n): return deep(n)\nhelper = numpy.frompyfunc(outer, 1, 1)\n",
        "n + 1", "n + 2",
    ),
    "through another without identity": made(
        f"first = {UFUNC}\nhelper = numpy.vectorize(first)\n", "n + 1", "n + 2"
    ),
    "in another module, by import": Edit(
        {"work": "from other import helper\n" + TASK, "other": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "in another module, by attribute": Edit(
        {"work": "import other\ndef task(n): return other.helper(n)",
         "other": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "in another module, imported when the task runs": Edit(
        {"work": "def task(n):\n    from other import helper as h\n    return h(n)",
         "other": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "in another module, by a star": Edit(
        {"work": "from other import *\n" + TASK, "other": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "in another module, offered by a package": Edit(
        {"work": "from pack import helper\n" + TASK, "pack.__init__": "from .deep import helper",
         "pack.deep": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "in a module used as a whole": Edit(
        {"work": "import other\ndef task(n): return getattr(other, n)",
         "other": "from deep import helper", "deep": INNER + f"helper = {UFUNC}\n"},
        "n + 1", "n + 2",
    ),
    "under a condition": made(
        f"import sys\nif sys.platform:\n    helper = {UFUNC}\nelse:\n    helper = None\n",
        "n + 1", "n + 2",
    ),
    "under a condition, how": made(
        f"import sys\nif sys.platform:\n    helper = {UFUNC}\n", "inner, 1", "inner, 2"
    ),
    "the condition": client(
        "FLAG = 'a'\nif FLAG == 'a':\n    c = client()\nelse:\n    c = client(1)\n"
        "def task(): return c", "FLAG = 'a'", "FLAG = 'b'",
    ),
    "under a try": made(f"try:\n    helper = {UFUNC}\nexcept ValueError:\n    helper = None\n",
                        "n + 1", "n + 2"),
    "in what follows a failed import": made(
        f"try:\n    from missing_one import helper\nexcept ImportError:\n    helper = {UFUNC}\n",
        "n + 1", "n + 2",
    ),
    "by with": client("with client('a') as c: pass\ndef task(): return c"),
    "by for": client("for c in [client('a')]: pass\ndef task(): return c"),
    "by a walrus": client("assert (c := client('a'))\ndef task(): return c"),
    "by unpacking": client("c, d = client('a'), 1\ndef task(): return c"),
    "by a match": client("match client('a'):\n    case c: pass\ndef task(): return c"),
    "by a function that declares it global": client(
        "def prepare():\n    global c\n    c = client('a')\nprepare()\ndef task(): return c"
    ),
    "by a name in globals()": client("globals()['c'] = client('a')\ndef task(): return c"),
    "what is told to it afterwards": client(
        "def f(): return 'a'\nc = client()\nc.add(f)\ndef task(): return c"
    ),
    "what is set on it afterwards": client("c = client()\nc.k = 'a'\ndef task(): return c"),
    "what is registered with it": client(
        "c = client()\n@c.add\ndef registered(): return 'a'\ndef task(): return c"
    ),
    "a decorator that returns it": made(
        "def decorate(f): return numpy.frompyfunc(f, 1, 1)\n"
        "@decorate\ndef helper(n): return n + 3\n", "n + 3", "n + 4",
    ),
    "a function of its own name": made(
        "def helper(n): return n + 3\nhelper = numpy.frompyfunc(helper, 1, 1)\n", "n + 3", "n + 4"
    ),
    "a function deleted since": made(
        "def gone(n): return n + 3\nhelper = numpy.frompyfunc(gone, 1, 1)\ndel gone\n",
        "n + 3", "n + 4",
    ),
    "a function of a name that is another's now": made(
        "def again(n): return n + 3\nhelper = numpy.frompyfunc(again, 1, 1)\n"
        "def again(n): return 0\n", "n + 3", "n + 4",
    ),
    "the value of a constant it is made of": client("K = 'a'\nc = client(K)\ndef task(): return c"),
    "what its class does": client("c = client()\ndef task(): return c", "return self", "return 1"),
    "in a table": made(f"T = {{'h': {UFUNC}}}\nhelper = T.get\n", "n + 1", "n + 2"),
    "the function beside it in a table": made(
        "import threading\nT = {'h': inner, 'l': threading.Lock()}\n"
        "def helper(n): return T['h'](n)\n", "n + 1", "n + 2",
    ),
    "as a default": made(f"def helper(n, f={UFUNC}): return f(n)\n", "n + 1", "n + 2"),
    "as a default of a keyword": made(
        f"def helper(n, *, f={UFUNC}): return f(n)\n", "n + 1", "n + 2"
    ),
    "as a default, how": client("def task(c=client('a')): return c"),
    "as an attribute of a function": client(
        "def helper(): return helper.c\nhelper.c = client('a')\ndef task(): return helper()"
    ),
    "as a class attribute": made(
        f"class A:\n    f = {UFUNC}\ndef helper(n): return A.f(n)\n", "n + 1", "n + 2"
    ),
    "as a class attribute made of a method": made(
        "class A:\n    def g(n): return n + 3\n    f = numpy.frompyfunc(g, 1, 1)\n    del g\n"
        "def helper(n): return A.f(n)\n", "n + 3", "n + 4",
    ),
    "as a method with a decorator": made(
        "def decorate(f): return numpy.frompyfunc(f, 1, 1)\nclass A:\n    @decorate\n"
        "    def g(n): return n + 3\ndef helper(n): return A.g(n)\n", "n + 3", "n + 4",
    ),
    "as a class attribute set afterwards": client(
        "class A: pass\nA.c = client('a')\ndef task(): return A.c"
    ),
    "a method that a decorator keeps elsewhere": client(
        "c = client()\ndef keep(f): c.add(f)\nclass A:\n    @keep\n"
        "    def kept(self): return 'a'\ndef task(): return A, c"
    ),
    "in a closure": made(
        f"def make():\n    f = {UFUNC}\n    def task(n): return f(n)\n    return task\n"
        "helper = make()\n", "n + 1", "n + 2",
    ),
    "in a closure, how": client(
        "def make():\n    c = client('a')\n    return lambda: c\ntask = make()"
    ),
    "in a closure, by an argument": client(
        "def make(c):\n    return lambda: c\ntask = make(client('a'))"
    ),
    "in a closure, of an argument": client(
        "def make(k):\n    c = client(k)\n    return lambda: c\ntask = make('a')"
    ),
    "in a decorator, by its argument": client(
        "import functools\ndef using(c):\n    def decorate(f):\n        @functools.wraps(f)\n"
        "        def wrapper(): return f(c)\n        return wrapper\n    return decorate\n"
        "@using(client('a'))\ndef task(c): return c"
    ),
    "in a decorator under a cache, by its argument": client(
        "import functools\ndef using(c):\n    def decorate(f):\n        @functools.wraps(f)\n"
        "        def wrapper(): return f(c)\n        return wrapper\n    return decorate\n"
        "@functools.lru_cache\n@using(client('a'))\ndef task(c): return c"
    ),
    "in a closure in a method": client(
        "class A:\n    def make(self):\n        c = client('a')\n        return lambda: c\n"
        "task = A().make()"
    ),
    "as a default of a nested function": client(
        "def make():\n    c = client('a')\n    def inner(c=c): return c\n    return inner\n"
        "task = make()"
    ),
    "two that are made of each other": client(
        "c = client('a')\nd = client(c)\nc.add(d)\ndef task(): return d"
    ),
}  # fmt: skip

SAME_MAKING: dict[str, Edit] = {
    "a comment": made(f"helper = {UFUNC}\n", "helper =", "# why\nhelper ="),
    "lines above": made(f"helper = {UFUNC}\n", "import numpy", "import os\n\n\nimport numpy"),
    "another name's statement": made(f"helper = {UFUNC}\nother = 1\n", "other = 1", "other = 2"),
    "what is not used": made(
        f"helper = {UFUNC}\ndef unused(n): return n + 3\n", "n + 3", "n + 4"
    ),
    "another part of a condition": made(
        f"import sys\nif sys.platform:\n    helper = {UFUNC}\n    other = 1\n", "= 1\n", "= 2\n"
    ),
    "lines above a closure": client(
        "def make():\n    c = client('a')\n    return lambda: c\ntask = make()",
        "import threading", "import threading\n\n\nimport os",
    ),
    "a docstring of what it is made of": made(
        f"helper = {UFUNC}\n", "(n): return n + 1", "(n):\n    'Adds.'\n    return n + 1"
    ),
}  # fmt: skip
