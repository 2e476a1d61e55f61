"""Code is traced again if, and only if, something that it was made of is another thing now."""

from __future__ import annotations

import contextlib
import importlib
import pickle
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.code.live import LiveCode, code_of
from orchestra_cache.fingerprints.code.trace import trace, traced
from orchestra_cache.fingerprints.code.watch import Watch
from tests.unit.programs import imported, written

# What a task's module holds, what its helper module `other_{n}` holds, and what happens to it.
CHANGES: dict[str, tuple[str, str]] = {
    "a global": ("RATE = 1\ndef task(): return RATE", "m.RATE = 2"),
    "a global by an equal one": ("RATE = 1\ndef task(): return RATE", "m.RATE = True"),
    "a zero by the other": ("RATE = 0.0\ndef task(): return RATE", "m.RATE = -0.0"),
    "a helper": ("def h(): return 1\ndef task(): return h()", "m.h = lambda: 2"),
    "a helper of a helper": (
        "def g(): return 1\ndef h(): return g()\ndef task(): return h()",
        "m.g = lambda: 2",
    ),
    "a name that is deleted": ("RATE = 1\ndef task(): return RATE", "del m.RATE"),
    "a name that appears": ("def task(): return RATE", "m.RATE = 1"),
    "a builtin that is shadowed": ("def task(x): return len(x)", "m.len = lambda x: 0"),
    "a list": ("T = [1]\ndef task(): return T", "m.T.append(2)"),
    "a list in a tuple": ("T = (1, [1])\ndef task(): return T", "m.T[1].append(2)"),
    "a dict of functions": (
        "def f(): return 1\ndef g(): return 2\nT = {'a': f}\ndef task(): return T",
        "m.T['a'] = m.g",
    ),
    "an object": (
        "class C: pass\nO = C()\nO.rate = 1\ndef task(): return O.rate",
        "m.O.rate = 2",
    ),
    "an object's object": (
        "class C: pass\nO = C()\nO.inner = C()\ndef task(): return O",
        "m.O.inner.rate = 2",
    ),
    "a closure": (
        """
        def make():
            rate = 1
            def inner(): return rate
            def change(): nonlocal rate; rate = 2
            return inner, change
        task, change = make()
        """,
        "m.change()",
    ),
    "a closure's list": (
        "def make(rates):\n    def inner(): return rates\n    return inner\n"
        "T = [1]\ntask = make(T)",
        "m.T.append(2)",
    ),
    "a default": ("def task(n=1): return n", "m.task.__defaults__ = (2,)"),
    "a default's list": ("def task(n=[1]): return n", "m.task.__defaults__[0].append(2)"),
    "a keyword's default": ("def task(*, n=1): return n", "m.task.__kwdefaults__['n'] = 2"),
    "all keywords' defaults": ("def task(*, n=1): return n", "m.task.__kwdefaults__ = {'n': 2}"),
    "an attribute": ("def h(): return h.n\nh.n = 1\ndef task(): return h()", "m.h.n = 2"),
    "a new attribute": ("def h(): return 1\ndef task(): return h()", "m.h.n = 2"),
    "the code in place": (
        "def h(): return 1\ndef task(): return h()",
        "m.h.__code__ = (lambda: 2).__code__",
    ),
    "a method": (
        "class C:\n    def f(self): return 1\ndef task(): return C().f()",
        "m.C.f = lambda self: 2",
    ),
    "a static method": (
        "class C:\n    @staticmethod\n    def f(): return 1\ndef task(): return C.f()",
        "m.C.f = staticmethod(lambda: 2)",
    ),
    "a property": (
        "class C:\n    @property\n    def f(self): return 1\ndef task(): return C().f",
        "m.C.f = property(lambda self: 2)",
    ),
    "a new method": (
        "class C:\n    def f(self): return 1\ndef task(): return C().f()",
        "m.C.g = lambda self: 2",
    ),
    "a class's constant": ("class C:\n    N = 1\ndef task(): return C.N", "m.C.N = 2"),
    "a class's list": ("class C:\n    N = [1]\ndef task(): return C.N", "m.C.N.append(2)"),
    "a base's method": (
        "class B:\n    def f(self): return 1\nclass C(B): pass\ndef task(): return C().f()",
        "m.B.f = lambda self: 2",
    ),
    "the bases": (
        "class A: pass\nclass B: pass\nclass C(A): pass\ndef task(): return C()",
        "m.C.__bases__ = (m.B,)",
    ),
    "a partial's argument": (
        "from functools import partial\ndef f(x): return x\nP = partial(f, [1])\n"
        "def task(): return P()",
        "m.P.args[0].append(2)",
    ),
    "what is cached": (
        "from functools import lru_cache\ndef f(): return 1\ndef g(): return 2\n"
        "h = lru_cache(f)\ndef task(): return h()",
        "m.h.__wrapped__ = m.g",
    ),
    "a cached function": (
        "from functools import lru_cache\n@lru_cache\ndef h(): return 1\ndef task(): return h()",
        "m.h = m.lru_cache(lambda: 2)",
    ),
    "a cached function's global": (
        "from functools import lru_cache\nRATE = 1\n@lru_cache\ndef h(): return RATE\n"
        "def task(): return h()",
        "m.RATE = 2",
    ),
    "a registry": (
        "from functools import singledispatch\n@singledispatch\ndef h(x): return 1\n"
        "def task(x): return h(x)",
        "m.h.register(str, lambda x: 2)",
    ),
    "what a decorator wraps": (
        """
        from functools import wraps
        def around(f):
            @wraps(f)
            def inner(): return f()
            return inner
        RATE = 1
        @around
        def h(): return RATE
        def task(): return h()
        """,
        "m.RATE = 2",
    ),
    "the class of a method's owner": (
        "class C:\n    def f(self): return self.g()\n    def g(self): return 1\ntask = C.f",
        "m.C.g = lambda self: 2",
    ),
    "the name of a method's owner": (
        "class C:\n    def f(self): return self.g()\n    def g(self): return 1\ntask = C.f",
        "m.C = None",
    ),
    "what a cached partial holds": (
        "from functools import lru_cache, partial\ndef f(x): return x\n"
        "h = lru_cache(partial(f, [1]))\ndef task(): return h()",
        "m.h.__wrapped__.args[0].append(2)",
    ),
    "what an abstract class takes for its own": (
        "import abc\nclass A(abc.ABC): pass\nclass B: pass\ndef task(): return isinstance(1, A)",
        "m.A.register(m.B)",
    ),
    "a builtin class's default": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    n: int = 1\n"
        "def task(): return C()",
        "m.C.n = 2",
    ),
    "the reading of its own name": ("RATE = 1\ndef task(): return __name__, RATE", "m.RATE = 2"),
    "an import with an alternative": (
        "RATE = 1\ndef task():\n    try:\n        import msgspec.json as json\n"
        "    except ImportError:\n        import json\n    return json, RATE",
        "m.RATE = 2",
    ),
    "which of two functions a table holds": (
        "def f(): return 1\ndef g(): return 2\nT = {'a': f, 'b': g, 'c': f}\n"
        "def task(): return [one() for one in T.values()]",
        "m.T['c'] = m.g",
    ),
    "the name of a class's constant": (
        "class C:\n    rate = 5\ndef task(): return getattr(C, 'rate', 0)",
        "del m.C.rate; m.C.limit = 5",
    ),
    "the value of an enum's member": (
        "import enum\nclass E(enum.Enum):\n    A = 1\ndef task(): return E.A.value",
        "m.E.A._value_ = 2",
    ),
    "what a cached property calls": (
        "from functools import cached_property\nclass C:\n    @cached_property\n"
        "    def p(self): return 1\ndef task(): return C().p",
        "m.C.__dict__['p'].func = lambda self: 2",
    ),
    "an annotation": (
        "class C:\n    a: int\ndef task(): return C.__annotations__",
        "m.C.__annotations__['a'] = str",
    ),
    "a class within a class": (
        "class O:\n    class I:\n        def f(self): return self.g()\n"
        "        def g(self): return 1\ntask = O.I.f",
        "m.O.I = type('I', (), {'f': m.task, 'g': lambda self: 2, '__module__': 'work'})",
    ),
    "beside a library that is missing": (
        "RATE = 1\ndef task():\n    try:\n        import not_there_at_all as xp\n"
        "    except ImportError:\n        import math as xp\n    return xp, RATE",
        "m.RATE = 2",
    ),
    "an enum's member": (
        "import enum\nclass E(enum.Enum):\n    A = [1]\ndef task(): return E.A",
        "m.E.A.value.append(2)",
    ),
    "a logger's place": (
        "import logging\nL = logging.getLogger('a')\ndef task(): L.info('x')",
        "m.L = 1",
    ),
}

# The same through another module, called `other` here.
FAR: dict[str, tuple[str, str, str]] = {
    "an attribute of a module": (
        "import other\ndef task(): return other.RATE",
        "RATE = 1",
        "o.RATE = 2",
    ),
    "a function of a module": (
        "import other\ndef task(): return other.h()",
        "def h(): return 1",
        "o.h = lambda: 2",
    ),
    "a global behind a module": (
        "from other import h\ndef task(): return h()",
        "RATE = 1\ndef h(): return RATE",
        "o.RATE = 2",
    ),
    "a name that another module binds anew": (
        "from other import h\ndef task(): return h()",
        "def g(): return 1\ndef h(): return g()",
        "o.g = lambda: 2",
    ),
    "a local import": (
        "def task():\n    import other\n    return other.RATE",
        "RATE = 1",
        "o.RATE = 2",
    ),
    "a local from-import": (
        "def task():\n    from other import RATE\n    return RATE",
        "RATE = 1",
        "o.RATE = 2",
    ),
    "a local import by another name": (
        "def task():\n    import other as o\n    return o.h()",
        "def h(): return 1",
        "o.h = lambda: 2",
    ),
    "a module in the place of another": (
        "def task():\n    import other\n    return other.RATE",
        "RATE = 1",
        "sys.modules['other'] = types.SimpleNamespace(RATE=2, __name__='other', __spec__=None)",
    ),
    "a name that appears in another module": (
        "import other\ndef task(): return other.RATE",
        "X = 1",
        "o.RATE = 1",
    ),
    "a new name in a module as a whole": (
        "import other\ndef task(name): return getattr(other, name)",
        "X = 1",
        "o.RATE = 1",
    ),
    "a module as a whole": (
        "import other\ndef task(name): return getattr(other, name)",
        "RATE = 1",
        "o.RATE = 2",
    ),
}


# What no comparison of bindings can tell is traced anew at each call.
UNTOLD: dict[str, tuple[str, str, str]] = {
    "a module's own way to give attributes": (
        "import other\ndef task(): return other.RATE",
        "T = [1]\ndef __getattr__(name): return T[0]",
        "o.T[0] = 2",
    ),
    "a closure that is filled later": (
        "def make():\n"
        "    def inner(): return late\n"
        "    def fill(): nonlocal late; late = 1\n"
        "    if not make: late = 0\n"
        "    return inner, fill\n"
        "task, fill = make()\n",
        "",
        "m.fill()",
    ),
    "an import that fails until it does not": (
        "def task():\n    import not_yet_there\n    return not_yet_there.RATE\n",
        "",
        "sys.modules['not_yet_there'] = made = types.ModuleType('not_yet_there'); made.RATE = 1",
    ),
    "one more subclass": (
        "class A: pass\ndef task(): return A.__subclasses__()",
        "",
        "type('B', (m.A,), {'__module__': 'work', 'n': 1}); m.kept = m.A.__subclasses__()",
    ),
    "the cells of a notebook": (
        "import logging\nL = logging.getLogger('a')\nget_ipython = len\n"
        "In = ['L = logging.getLogger(1)']\ndef task(): return L\n",
        "",
        "m.In.append('L.limit = 2')",
    ),
}


def happen(change: str, module: ModuleType, other: ModuleType | None = None) -> None:
    exec(change, {"m": module, "o": other, "sys": sys, "types": __import__("types")})


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def importing(source: str) -> ModuleType:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "other.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path / "elsewhere")
        return importlib.import_module("other")

    yield importing
    sys.modules.pop("other", None)


def digest(function: object) -> str:
    return str(trace([function]).digest)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_at_the_next_call(tmp_path: Path, name: str) -> None:
    source, change = CHANGES[name]
    with imported(written(tmp_path, textwrap.dedent(source))) as module:
        live = LiveCode([module.task])
        before = live.now()
        assert live.now() is before

        happen(change, module)

        assert live.now().digest != before.digest
        assert str(live.now().digest) == digest(module.task)


@pytest.mark.parametrize("name", FAR)
def test_a_change_in_another_module_is_seen_at_the_next_call(
    tmp_path: Path, other: Any, name: str
) -> None:
    source, theirs, change = FAR[name]
    there = other(theirs)
    with imported(written(tmp_path, source)) as module:
        live = LiveCode([module.task])
        before = live.now()
        assert live.now() is before

        happen(change, module, there)

        assert live.now().digest != before.digest
        assert str(live.now().digest) == digest(module.task)


@pytest.mark.parametrize("name", UNTOLD)
def test_what_no_binding_tells_is_seen_all_the_same(tmp_path: Path, other: Any, name: str) -> None:
    source, theirs, change = UNTOLD[name]
    there = other(theirs)
    with imported(written(tmp_path, source)) as module:
        live = LiveCode([module.task])
        before = live.now().digest
        assert live.now().digest == before

        happen(change, module, there)

        assert live.now().digest != before
        assert str(live.now().digest) == digest(module.task)
    sys.modules.pop("not_yet_there", None)


def test_a_change_during_the_trace_is_seen_after_it(tmp_path: Path) -> None:
    with imported(written(tmp_path, "RATE = 1\ndef task(): return RATE\n")) as module:
        _, tracer = traced([module.task], ())
        module.RATE = 2

        watch = Watch(tracer)

        assert not watch.unchanged()


def test_what_an_import_of_the_trace_changes_is_seen(tmp_path: Path) -> None:
    files = {
        "work": "import registry\nfrom helper import load\ndef task(): return registry.R, load()",
        "registry": "R = []",
        "helper": "def load():\n    import plug\n    return plug.N",
        "plug": "import registry\nN = 1\nregistry.R.append(N)",
    }
    with imported(written(tmp_path, files)) as module:
        live = LiveCode([module.task])

        first = live.now()

        assert str(first.digest) == digest(module.task)
        assert live.now() is first


def test_a_module_that_is_reloaded_is_seen(tmp_path: Path, other: Any) -> None:
    there = other("def h(): return 1\n")
    with imported(written(tmp_path, "import other\ndef task(): return other.h()\n")) as module:
        live = LiveCode([module.task])
        before = live.now()

        Path(str(there.__file__)).write_text("def h(): return 1 + 1\n")
        importlib.invalidate_caches()
        importlib.reload(there)

        assert live.now().digest != before.digest


def test_what_is_changed_back_is_the_same_code(tmp_path: Path) -> None:
    with imported(written(tmp_path, "RATE = 1\ndef task(): return RATE\n")) as module:
        live = LiveCode([module.task])
        before = live.now().digest
        module.RATE = 2
        live.now()

        module.RATE = 1

        assert live.now().digest == before


def test_what_the_code_does_not_reach_does_not_count(tmp_path: Path) -> None:
    with imported(written(tmp_path, "RATE = 1\nOTHER = 1\ndef task(): return RATE\n")) as module:
        live = LiveCode([module.task])
        before = live.now()

        module.OTHER = 2
        module.new = 3

        assert live.now() is before


def test_a_name_like_one_of_ours_is_still_watched(tmp_path: Path) -> None:
    source = "_thing_0 = 1\n_thing_1 = [1]\ndef task(): return _thing_0, _thing_1\n"
    with imported(written(tmp_path, source)) as module:
        live = LiveCode([module.task])
        before = live.now()

        module._thing_0 = 2

        assert live.now().digest != before.digest


def named(n: int) -> int:
    return n


@pytest.mark.parametrize("times", [1, 5])
def test_what_another_thread_adds_during_a_trace_is_taken_in(tmp_path: Path, times: int) -> None:
    source = f"""
        class Filled:
            left = {times}

            def __fingerprint__(self):
                # As a thread would that ran now.
                if Filled.left:
                    Filled.left -= 1
                    TABLE[Filled.left] = lambda: Filled
                return dict(TABLE)

        TABLE = {{}}
        FILLED = Filled()
        def task(): return FILLED
        """
    with imported(written(tmp_path, source)) as module:
        found = trace([module.task])

        assert found.digest == trace([module.task]).digest
        assert len(module.TABLE) == times


def test_what_never_stands_still_has_no_fingerprint(tmp_path: Path) -> None:
    source = """
        class Filled:
            def __fingerprint__(self):
                TABLE.append(lambda: 1)
                return list(TABLE)

        TABLE = []
        FILLED = Filled()
        def task(): return FILLED
        """

    raises = pytest.raises(FingerprintError, match="changes all the time")
    with imported(written(tmp_path, source)) as module, raises:
        trace([module.task])


def test_it_travels_without_what_it_saw() -> None:
    live = LiveCode([named])
    before = live.now()

    arrived = pickle.loads(pickle.dumps(live))

    assert arrived.now() is not before
    assert arrived.now() == before


def test_a_function_among_the_arguments_is_watched_too(tmp_path: Path) -> None:
    source = "RATE = 1\ndef key(): return RATE\ndef make(): return lambda: RATE\n"
    with imported(written(tmp_path, source)) as module:
        before = [fingerprint(module.key), fingerprint(module.make())]
        again = [fingerprint(module.key), fingerprint(module.make())]
        module.RATE = 2

        after = [fingerprint(module.key), fingerprint(module.make())]

        assert code_of(module.key) is code_of(module.key)
    assert before == again
    assert before[0] != after[0] and before[1] != after[1]


MANY = """
import functools, enum
RATE, WORDS, ROWS = 1, ["a"], {"a": [1]}
class Base:
    limit = 1
    def f(self): return RATE
class Thing(Base):
    def __init__(self): self.n = 1
    def g(self, x=(1,)): return self.f() + x[0]
class Colour(enum.Enum):
    RED = 1
THING = Thing()
def one(n=1): return n
def two(*, n=2): return n
@functools.lru_cache
def kept(): return two()
TABLE = {"a": one, "b": two, "c": one}
def make():
    held = [1]
    def inner(): return held
    return inner
inner = make()
def task():
    return THING.g(), WORDS, ROWS, Colour.RED, kept(), [f() for f in TABLE.values()], inner()
"""
DONE = [
    "m.RATE = {n}",
    "m.WORDS.append({n})",
    "m.ROWS['a'][0] = {n}",
    "m.ROWS = {{{n}: 1}}",
    "m.Base.limit = {n}",
    "m.Base.f = lambda self: {n}",
    "m.Thing.h = {n}",
    "m.Thing.__dict__.get('h') and delattr(m.Thing, 'h')",
    "m.THING.n = {n}",
    "m.THING = m.Thing()",
    "m.Colour.RED._value_ = {n}",
    "m.one = m.two",
    "m.one.__defaults__ = m.one.__defaults__ and ({n},)",
    "m.two.__kwdefaults__ = {{'n': {n}}}",
    "m.two.__kwdefaults__['n'] = {n}",
    "m.TABLE['c'] = m.TABLE['b']",
    "m.TABLE['b'] = m.one",
    "m.inner.__closure__[0].cell_contents.append({n})",
    "m.inner.__closure__[0].cell_contents = {n}, []",
    "m.kept = m.functools.lru_cache(m.one)",
    "m.two.mark = {n}",
    "m.sum = {n}",
    "m.unread = {n}",
]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(DONE), st.integers(0, 3)), max_size=8))
def test_whatever_happens_a_look_again_finds_what_a_trace_finds(
    tmp_path: Path, changes: list[tuple[str, int]]
) -> None:
    with imported(written(tmp_path, MANY)) as module:
        live = LiveCode([module.task])
        live.now()

        for change, number in changes:
            # Some changes rest on what others have taken away.
            with contextlib.suppress(AttributeError, LookupError, TypeError):
                happen(change.format(n=number), module)

            assert str(live.now().digest) == digest(module.task)
            assert live.now() is live.now()
