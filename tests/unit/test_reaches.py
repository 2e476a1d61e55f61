"""Which watched names a task uses is told by what it reaches, however it is spelt."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.code.live import LiveCode
from tests.unit.programs import Files, imported, written

# What is loaded is told by what it is, and not by its spelling.
importlib.import_module("xml.dom.minidom")

# A module with all below it; a function that another module exports; a method, with subclasses'.
WATCHED = frozenset({"xml.dom", "concurrent.futures._base.wait", "fractions.Fraction.from_float"})

DOM, WAIT, METHOD = "xml.dom.minidom.parse", "concurrent.futures._base.wait", "from_float"
FRACTION = "fractions.Fraction.from_float"

# What a task's module is, and what it is seen to use.
USED: dict[str, tuple[Files, str]] = {
    "a module": ("from xml.dom import minidom\ndef task(): return minidom.parse('x')", DOM),
    "a module's module": ("import xml.dom\ndef task(): return xml.dom.minidom.parse('x')", DOM),
    "a module by another name": (
        "import xml.dom.minidom as m\ndef task(): return m.parse('x').toxml()",
        DOM,
    ),
    "an imported module within": (
        "def task():\n    from xml.dom import minidom\n    return minidom.parse('x')",
        DOM,
    ),
    "a member imported within": (
        "def task():\n    from xml.dom.minidom import parse as p\n    return p('x')",
        DOM,
    ),
    "a whole path imported within": (
        "def task():\n    import xml.dom.minidom\n    return xml.dom.minidom.parse('x')",
        DOM,
    ),
    "another name imported within": (
        "def task():\n    import xml.dom.minidom as m\n    return m.parse('x')",
        DOM,
    ),
    "a module handed on": (
        "from xml.dom import minidom\ndef task(): return list(vars(minidom))",
        "xml.dom.minidom",
    ),
    "what holds a watched module, handed on": (
        "import xml\ndef task(name): return getattr(xml, name)",
        "xml",
    ),
    "an attribute by its name": (
        "from xml import dom\ndef task(): return getattr(dom, 'minidom').parse('x')",
        DOM,
    ),
    "an attribute by its name, of what is above": (
        "import xml\ndef task(): return getattr(xml, 'dom', None)",
        "xml.dom",
    ),
    "a module imported by its name": (
        "import importlib\ndef task(): return importlib.import_module('xml.dom').minidom",
        "xml.dom.minidom",
    ),
    "a module imported by __import__": (
        "def task(): return __import__('xml.dom').dom",
        "xml.dom.dom",
    ),
    "a loaded module by its name": (
        "import sys\ndef task(): return sys.modules['xml.dom'].minidom",
        "xml.dom.minidom",
    ),
    "a local name": (
        "from xml import dom\ndef task():\n    m = dom.minidom\n    return m.parse('x')",
        DOM,
    ),
    "a local name that is bound anew": (
        "from xml import dom\ndef task():\n    m = dom\n    m = m.minidom\n    return m.parse",
        "xml.dom.minidom",
    ),
    "a name of a name": (
        "import fractions as f\ndef task():\n    g = f\n    h = g.Fraction\n"
        "    return h.from_float(1)",
        FRACTION,
    ),
    "a name in an expression": (
        "from fractions import Fraction\ndef task(): return (k := Fraction).from_float(1)",
        FRACTION,
    ),
    "a function": ("from concurrent.futures import wait\ndef task(): return wait([])", WAIT),
    "a function by its module": (
        "import concurrent.futures as c\ndef task(): return c.wait([])",
        WAIT,
    ),
    "a function imported within": (
        "def task():\n    from concurrent.futures import wait as w\n    return w([])",
        WAIT,
    ),
    "a function handed on": ("from concurrent.futures import wait\ndef task(): return wait", WAIT),
    "a function that is decorated": (
        "from concurrent.futures import wait\nfrom functools import wraps\n"
        "@wraps(wait)\ndef w(): return wait([])\ndef task(): return w()",
        WAIT,
    ),
    "a method": (
        "from fractions import Fraction\ndef task(): return Fraction.from_float(1.0)",
        FRACTION,
    ),
    "a method imported within": (
        "def task():\n    from fractions import Fraction as F\n    return F.from_float(1.0)",
        FRACTION,
    ),
    "a method of a subscripted class": (
        "from fractions import Fraction\ndef task(): return Fraction[int].from_float(1.0)",
        FRACTION,
    ),
    "a method handed on": (
        "from fractions import Fraction\ndef task(): return map(Fraction.from_float, [1.0])",
        FRACTION,
    ),
    "a method by its name": (
        "from fractions import Fraction\ndef task(): return getattr(Fraction, 'from_float')(1)",
        FRACTION,
    ),
    "a method of a subclass": (
        "from fractions import Fraction\nclass Rate(Fraction): pass\n"
        "def task(): return Rate.from_float(1.0)",
        "work.Rate.from_float",
    ),
    "a method of a local subclass": (
        "from fractions import Fraction\ndef task():\n"
        "    class Rate(Fraction): pass\n    return super(Rate).from_float(Fraction.from_float(1))",
        FRACTION,
    ),
    "a subclass's own method": (
        "from fractions import Fraction\nclass Rate(Fraction):\n    @classmethod\n"
        "    def read(cls): return cls.from_float(1.0)\ndef task(): return Rate.read()",
        "work.Rate.from_float",
    ),
    "a subclass's super": (
        "from fractions import Fraction\nclass Rate(Fraction):\n    @classmethod\n"
        "    def read(cls): return super().from_float(1.0)\ndef task(): return Rate.read()",
        "work.Rate.from_float",
    ),
    "a subclass by its instance": (
        "from fractions import Fraction\nclass Rate(Fraction):\n"
        "    def read(self): return type(self).from_float(1.0)\ndef task(): return Rate().read()",
        "work.Rate.from_float",
    ),
    "a method of an object": (
        "from fractions import Fraction\nF = Fraction(1)\ndef task(): return F.from_float(1.0)",
        FRACTION,
    ),
    "a class handed on": (
        "from fractions import Fraction\ndef read(kind): return kind.from_float(1.0)\n"
        "def task(): return read(Fraction)",
        "fractions.Fraction",
    ),
    "a class in a table": (
        "from fractions import Fraction\nT = {'a': Fraction}\ndef task(n): return T[n].from_float",
        "fractions.Fraction",
    ),
    "a method in a table": (
        "from fractions import Fraction\nT = {'a': [Fraction.from_float]}\n"
        "def task(n): return T[n][0](1.0)",
        FRACTION,
    ),
    "a method under another name": (
        "from fractions import Fraction\nread = Fraction.from_float\ndef task(): return read(1.0)",
        FRACTION,
    ),
    "a function in an object": (
        "from concurrent.futures import wait\nclass C: pass\nO = C()\nO.w = wait\n"
        "def task(): return O.w([])",
        WAIT,
    ),
    "a function in an object of the object": (
        "from concurrent.futures import wait\nclass C: pass\nO = C()\nO.c = C()\nO.c.w = wait\n"
        "def task():\n    o = O\n    return o",
        WAIT,
    ),
    "a module in a namespace": (
        "from types import SimpleNamespace as S\nfrom xml import dom\nN = S(d=dom)\n"
        "def task(): return N.d.minidom.parse('x')",
        DOM,
    ),
    "a partial": (
        "from functools import partial\nfrom fractions import Fraction\n"
        "P = partial(Fraction.from_float, 1.0)\ndef task(): return P()",
        FRACTION,
    ),
    "a task that is a partial": (
        "from functools import partial\nfrom fractions import Fraction\n"
        "task = partial(Fraction.from_float, 1.0)",
        FRACTION,
    ),
    "a cached function": (
        "from functools import lru_cache\nfrom concurrent.futures import wait\n"
        "W = lru_cache(wait)\ndef task(): return W([])",
        WAIT,
    ),
    "a default": (
        "from concurrent.futures import wait\ndef task(w=wait): return w([])",
        WAIT,
    ),
    "a default's method": (
        "from fractions import Fraction\ndef task(*, kind=Fraction): return kind.from_float(1.0)",
        FRACTION,
    ),
    "a closure": (
        "from fractions import Fraction\ndef make(kind):\n"
        "    def inner(): return kind.from_float(1.0)\n    return inner\ntask = make(Fraction)",
        FRACTION,
    ),
    "a lambda": ("from xml.dom import minidom\ntask = lambda: minidom.parse('x')", DOM),
    "an inner function": (
        "from xml.dom import minidom\ndef task():\n    def inner(): return minidom.parse('x')\n"
        "    return inner()",
        DOM,
    ),
    "a coroutine": (
        "from fractions import Fraction\nasync def task(): return await Fraction.from_float(1)",
        FRACTION,
    ),
    "a factory": (
        "from dataclasses import dataclass, field\nfrom concurrent.futures import wait\n"
        "@dataclass\nclass C:\n    w: list = field(default_factory=lambda: wait([]))\n"
        "def task(): return C()",
        WAIT,
    ),
    "what makes a client": (
        "import threading\nfrom fractions import Fraction\n"
        "class Client:\n    def __init__(self, n): self.g = (n for _ in [1])\n"
        "C = Client(Fraction.from_float(1.0))\ndef task(): return C",
        FRACTION,
    ),
    "a kind in what is asked": (
        "from fractions import Fraction\n"
        "def task(): return isinstance(Fraction.from_float(1), int)",
        FRACTION,
    ),
}

# What uses nothing of them, though it looks like it.
UNUSED: dict[str, Files] = {
    "nothing": "def task(): return 1",
    "a module beside": "from xml import sax\ndef task(): return sax.parse('x')",
    "a module above, for another": "import xml\ndef task(): return xml.sax.parse('x')",
    "what is imported and not used": "from xml.dom import minidom\ndef task(): return 1",
    "another function": (
        "from concurrent.futures import as_completed as a\ndef task(): return a([])"
    ),
    "another method": "from fractions import Fraction\ndef task(): return Fraction.from_decimal(1)",
    "a class that is called": "from fractions import Fraction\ndef task(): return Fraction(1, 2)",
    "a class that is asked for": (
        "from fractions import Fraction\ndef task(x): return isinstance(x, (Fraction, int))"
    ),
    "a class that is compared": (
        "from fractions import Fraction\ndef task(x): return type(x) is Fraction"
    ),
    "an annotation": (
        "from fractions import Fraction\n"
        "def task(x: Fraction) -> Fraction:\n    y: Fraction = x\n    return Fraction(y)"
    ),
    "an annotation of a class": (
        "from fractions import Fraction\nfrom dataclasses import dataclass\n@dataclass\n"
        "class C:\n    x: Fraction\ndef task(x): return C(x)"
    ),
    "a base": (
        "from fractions import Fraction\nclass Rate(Fraction): pass\ndef task(): return Rate(1)"
    ),
    "a value that was read before": (
        "from fractions import Fraction\nRATE = Fraction.from_float(1.0)\ndef task(): return RATE"
    ),
    "a local of the same name": (
        "from fractions import Fraction\nfrom xml import dom\n"
        "def task(dom): return dom.minidom.parse('x')"
    ),
    "a method of that name": (
        "class C:\n    @classmethod\n    def from_float(cls): return 1\n"
        "def task(): return C.from_float()"
    ),
    "a text": "def task(): return 'xml.dom.minidom'",
    "a decorator": (
        "from fractions import Fraction\nclass Mark:\n    def __init__(self, f): self.f = f\n"
        "    def __call__(self, *a): return self.f(*a)\ndef task(): return Mark(int)(1)"
    ),
}

AWAY: Files = {
    "shop.__init__": "",
    "shop.engine": "from xml import dom\nfrom concurrent.futures import wait\n",
    "shop.steps": (
        "from shop import engine\nclass Steps:\n"
        "    def load(self): return engine.dom.minidom.parse('x')\n"
        "def waits(): return engine.wait([])\n"
    ),
    "work": (
        "from shop import steps\ndef task():\n    from shop.steps import waits\n"
        "    return steps.Steps().load(), waits()\n"
    ),
}


@contextmanager
def declared(folder: Path, files: Files, **terms: Any) -> Iterator[Declaration]:
    with imported(written(folder, files)) as module:
        yield Declaration(module.task, **terms)


def used(declaration: Declaration, watched: frozenset[str] = WATCHED) -> list[str]:
    return [one.partition(" in ")[0] for one in declaration.reaches(watched)]


@pytest.mark.parametrize("name", USED)
def test_a_watched_name_is_seen(name: str, tmp_path: Path) -> None:
    files, expected = USED[name]

    with declared(tmp_path, files) as task:
        found = used(task)

    assert expected in found


@pytest.mark.parametrize("name", UNUSED)
def test_what_is_not_used_is_not_seen(name: str, tmp_path: Path) -> None:
    with declared(tmp_path, UNUSED[name]) as task:
        found = used(task)

    assert found == []


def test_what_helpers_use_is_named_with_the_definition_that_does(tmp_path: Path) -> None:
    with declared(tmp_path, AWAY) as task:
        found = task.reaches(WATCHED)

    assert set(found) == {
        "xml.dom.minidom.parse in shop.steps.Steps.load",
        "concurrent.futures._base.wait in shop.steps.waits",
    }


def test_code_without_a_source_is_seen_as_well() -> None:
    names: dict[str, Any] = {"__name__": "work"}
    exec(
        "from xml.dom import minidom\nfrom fractions import Fraction\n"
        "def task(): return minidom.parse('x')\n"
        "def other():\n    from concurrent.futures import wait\n    return wait([])\n"
        "def third():\n    from fractions import Fraction as F\n    return F.from_float(1)\n"
        "def fourth(): return Fraction.from_float(1.0)\n",
        names,
    )

    found = [used(Declaration(names[one])) for one in ("task", "other", "third", "fourth")]

    assert found == [[DOM], [WAIT], ["fractions.Fraction"], [FRACTION]]


def test_names_that_are_not_loaded_are_told_as_they_are_spelt(tmp_path: Path) -> None:
    source = (
        "def task():\n    from no_engine import runtime\n    return runtime.flow_run.id\n"
        "def other():\n    from no_engine.models import Variable\n    return Variable.get('x')\n"
    )
    watched = frozenset({"no_engine.runtime", "no_engine.models.Variable.get"})

    with imported(written(tmp_path, source)) as module:
        found = [used(Declaration(one), watched) for one in (module.task, module.other)]

    assert found == [["no_engine.runtime"], ["no_engine.models.Variable.get"]]
    assert "no_engine" not in sys.modules


def test_a_subclass_that_is_not_loaded_is_told_by_whose_package_it_is(tmp_path: Path) -> None:
    import fsspec.spec

    source = (
        "def task():\n    from s3fs.no_module import Lake\n    return Lake.current('x')\n"
        "def other():\n    from pandas.no_module import Lake\n    return Lake.current('x')\n"
    )
    watched = frozenset({"fsspec.spec.AbstractFileSystem.current"})
    assert fsspec.spec.AbstractFileSystem is not None

    with imported(written(tmp_path, source)) as module:
        found = [used(Declaration(one), watched) for one in (module.task, module.other)]

    assert found == [["s3fs.no_module.Lake.current"], []]


def test_a_name_that_exists_nowhere_is_never_reached(tmp_path: Path) -> None:
    watched = frozenset({"xml.none_such", "fractions.None_.such", "none.such"})

    with declared(tmp_path, USED["a module"][0]) as task:
        found = task.reaches(watched)

    assert found == ()


def test_what_is_declared_as_depended_on_is_looked_at_as_well(tmp_path: Path) -> None:
    source = "from xml import dom\ndef other(): return dom.minidom\ndef task(): return 1\n"

    with declared(tmp_path, source, depends_on=["work:other"]) as task:
        assert used(task) == ["xml.dom.minidom"]
    missing = declared(tmp_path, source, depends_on=["work:none"])
    with missing as task, pytest.raises(ConfigurationError, match="work:none"):
        task.reaches(WATCHED)


def test_methods_of_an_argument_count_once_its_recipe_was_taken(tmp_path: Path) -> None:
    source = (
        "from xml import dom\nclass Order:\n    def read(self): return dom.minidom\n"
        "def task(order): return order.read()\n"
    )
    with imported(written(tmp_path, source)) as module:
        task = Declaration(module.task)
        assert task.reaches(WATCHED) == ()

        task.recipe({"order": module.Order()})

        assert task.reaches(WATCHED) == ("xml.dom.minidom in work.Order.read",)


def test_a_helper_that_is_another_now_is_looked_at_again(tmp_path: Path) -> None:
    source = "from xml import dom\ndef h(): return 1\ndef task(): return h()\n"
    with imported(written(tmp_path, source)) as module:
        task = Declaration(module.task)
        before = task.reaches(WATCHED)

        module.h = eval("lambda: dom.minidom", vars(module))

        assert (before, used(task)) == ((), ["xml.dom.minidom"])


def test_a_helper_that_is_another_since_a_recipe_is_looked_at_for_the_next(tmp_path: Path) -> None:
    source = "from xml import dom\ndef h(): return 1\ndef task(n): return h()\n"
    with imported(written(tmp_path, source)) as module:
        task = Declaration(module.task)
        found = []
        for helper in ("lambda: 2", "lambda: dom.minidom", "lambda: 3"):
            module.h = eval(helper, vars(module))
            task.recipe({"n": 1})
            found.append(used(task))

        assert found == [[], ["xml.dom.minidom"], []]


def test_a_declaration_that_was_pickled_is_asked_anew() -> None:
    task = Declaration(_waits)
    found = task.reaches(WATCHED)

    copied = pickle.loads(pickle.dumps(task))

    assert copied.reaches(WATCHED) == found == (f"{WAIT} in {__name__}._waits",)


def test_what_was_seen_does_not_travel() -> None:
    live = LiveCode([_waits])
    before = pickle.dumps(live)

    assert live.reached(WATCHED)
    assert pickle.dumps(live) == before


def test_asking_again_looks_at_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with declared(tmp_path, USED["a module"][0]) as task:
        found = task.reaches(WATCHED)
        monkeypatch.setattr("orchestra_cache.fingerprints.code.reaches.reached", _never)

        assert task.reaches(WATCHED) is found


def _waits() -> object:
    from concurrent.futures import wait

    return wait([])


def _never(*args: object) -> tuple[str, ...]:
    raise AssertionError("looked at again")


def test_texts_are_watched_by_what_they_begin_with() -> None:
    declaration = Declaration(_asks_the_environment)

    assert used(declaration, frozenset({"text:RUN_"})) == ["'RUN_ID'", "'RUN_NAME'"]
    assert used(declaration, frozenset({"text:UN_"})) == []


def _asks_the_environment() -> object:
    def name() -> str:
        return os.environ["RUN_NAME"]

    return ("RUN_ID" in os.environ, "the RUN_ID"), name
