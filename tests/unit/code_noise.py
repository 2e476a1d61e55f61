"""Edits of small programs that do not change what runs."""

from __future__ import annotations

from tests.unit.code_changes import ELSEWHERE, TASK
from tests.unit.programs import Edit

__all__ = ["SAME_DIGEST"]

SAME_DIGEST: dict[str, Edit] = {
    "a comment": Edit("def task(n):\n    return n", "    return", "    # why\n    return"),
    "blank lines and spaces": Edit("def task(n):\n    return n + 1", "n + 1", "(n   +\n\n    1)"),
    "the spelling of literals": Edit('def task(n): return "ab", 16', '"ab", 16', "'a' 'b', 0x10"),
    "a docstring": Edit('def task(n):\n    "one"\n    return n', '"one"', '"two"'),
    "a docstring less": Edit('def task(n):\n    "one"\n    return n', '    "one"\n', ""),
    "a helper's docstring": Edit('def helper(n):\n    "1"\n    return n' + TASK, '"1"', '"2"'),
    "a class's docstring": Edit('class A:\n    "1"\n    b = 1\ndef task(): return A', '"1"', '"2"'),
    "annotations": Edit("def task(n: int) -> int:\n    return n", "n: int) -> int", "n)"),
    "annotations of local names": Edit("def task(n):\n    m: int = n\n    return m", "m: int", "m"),
    "a type alias": Edit("Number = int\ndef task(n: Number): return n", "= int", "= float"),
    "lines above": Edit("import os\ndef task(n): return n", "import os\n", "import os\n\n\n\n"),
    "a helper that is not used": Edit("def unused(): return 1\ndef task(n): return n", "1", "2"),
    "a constant that is not used": Edit("K = 1\ndef task(n): return n", "K = 1", "K = 2"),
    "a helper that is not used in a module of another": Edit(
        {"work": ELSEWHERE, "other": "def helper(n): return n\ndef unused(): return 1"}, "1", "2"
    ),
    "the order of definitions": Edit(
        "def one(): return 1\ndef two(): return 2\ndef task(): return one(), two()",
        "def one(): return 1\ndef two(): return 2", "def two(): return 2\ndef one(): return 1",
    ),
    "a dict's order": Edit("T = {1: 2, 3: 4}\ndef task(): return T", "1: 2, 3: 4", "3: 4, 1: 2"),
    "a constant spelt as a sum": Edit("K = 6\ndef task(n): return K", "K = 6", "K = 2 * 3"),
    "how a helper is imported": Edit(
        {"work": ELSEWHERE, "other": "def helper(n): return n"},
        "from other import helper", "import other; helper = other.helper",
    ),
    "an import for type checkers": Edit(
        {"work": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                 "    from other import helper\ndef task(n: 'helper'): return n",
         "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "an import for type checkers in a function": Edit(
        {"work": "import typing\ndef task(n):\n    if typing.TYPE_CHECKING:\n"
                 "        from other import helper\n    return n",
         "other": "def helper(n): return 1"},
        "return 1", "return 2",
    ),
    "a method's docstring": Edit(
        'class A:\n    def f(self):\n        "1"\n        return 1\ndef task(): return A().f()',
        '"1"', '"2"',
    ),
    "a method's annotations": Edit(
        "class A:\n    def f(self) -> int: return 1\ndef task(): return A().f()", " -> int", ""
    ),
    "a method of another class": Edit(
        "class A:\n    def f(self): return 1\nclass B:\n    def f(self): return 3\n"
        "def task(): return A().f()", "return 3", "return 4",
    ),
    "the names that a module offers": Edit(
        {"work": "import other\ndef task(n): return other.helper(n)",
         "other": "__all__ = ['helper']\ndef helper(n): return n"},
        "['helper']", "[]",
    ),
    "the name of a global in a comprehension that is its own": Edit(
        "m = 1\ndef task(n): return [m for m in n]", "m = 1", "m = 2"
    ),
    "a global under the name of a parameter": Edit(
        "m = 1\ndef task(m): return m", "m = 1", "m = 2"
    ),
    "which way a package offers a name": Edit(
        {"work": "import pack\ndef task(n): return pack.helper(n)",
         "pack.__init__": "from pack.deep import helper",
         "pack.deep": "def helper(n): return n + 1"},
        "from pack.deep import helper", "from .deep import *",
    ),
    "a helper moved to another module": Edit(
        {"work": "from one import helper" + TASK, "one": "def helper(n): return n",
         "two": "def helper(n): return n"},
        "from one", "from two",
    ),
    "terms of our own decorator": Edit(
        "from datetime import timedelta\nfrom orchestra_cache import Cache\nlake = Cache('lake')\n"
        "@lake.memoize(ttl=timedelta(1))\ndef helper(n): return n" + TASK,
        "timedelta(1)", "timedelta(2)",
    ),
    "terms of our own decorator in another module": Edit(
        {"work": "import conf\n@conf.lake.memoize(ignore=())\ndef helper(n): return n" + TASK,
         "conf": "from orchestra_cache import Cache\nlake = Cache('lake')"},
        "ignore=()", "ignore={'n'}",
    ),
    "our own decorator": Edit(
        "import orchestra_cache\n@orchestra_cache.Cache('lake').memoize\n"
        "def helper(n): return n" + TASK,
        "@orchestra_cache.Cache('lake').memoize\n", "",
    ),
}  # fmt: skip
