"""What a library has made that its version does not tell: closures and classes made when called.

What a library's module holds by name is what its version says. A function that it returned may hold
code and values of its user's, and so may a class that it made.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from orchestra_cache.fingerprints.code.makings import spared_within
from orchestra_cache.fingerprints.code.sketches import OriginOf, Sketch, label_of
from orchestra_cache.fingerprints.grammar import integer, node, text
from orchestra_cache.fingerprints.origin import module_name_of
from orchestra_cache.fingerprints.values.encoder import Encoder

__all__ = ["identified", "is_made", "is_made_function", "sketch_of_foreign"]

# What a library keeps of the calls so far: with it no call would be equal to the one before.
_OF_CALLS = re.compile("cache|memo|stat(istic)?s|calls|hits|misses|count(er)?$", re.IGNORECASE)

# How deep code is looked for in a value that has no identity, as a client.
_DEEPEST = 4

# `Py_TPFLAGS_HEAPTYPE`: not one of those that are compiled into Python.
_MADE_IN_PYTHON = 1 << 9


def is_made(kind: type) -> bool:
    """Whether a class is none that its module holds by name: a library made it when called."""
    if not kind.__flags__ & _MADE_IN_PYTHON or "__module__" not in vars(kind):
        return False
    # Ours say of themselves what they are.
    ours = kind.__module__.partition(".")[0] == __name__.partition(".")[0]
    return not ours and not _named(kind)


def is_made_function(function: types.FunctionType, origin: OriginOf) -> bool:
    """The same of a library's function, if it holds anything or does not say its own name."""
    if not _is_returned(function, origin):
        return False
    module = str(function.__globals__.get("__name__", ""))
    # Those of the standard library's that hold nothing else are known by what they wrap.
    return origin(module).distribution is not None or bool(_held(function))


def _is_returned(function: types.FunctionType, origin: OriginOf) -> bool:
    """Whether a function was made when another was called: its module cannot tell of it."""
    borrowed = origin(module_name_of(function)).first_party
    local = "<locals>" in function.__qualname__ or function.__closure__ is not None
    registry = getattr(function, "registry", None)
    # What a generic function dispatches to is looked at already.
    return not isinstance(registry, types.MappingProxyType) and (
        borrowed or (local and not _named(function))
    )


def _held(function: types.FunctionType) -> dict[str, object]:
    """What a function got when it was made, beside what it wraps; cells by their names alone."""
    inner = getattr(function, "__wrapped__", None)
    return {
        name: value
        for name, value in _parts_of(function, inner)
        if value is not inner and value is not function and not _is_of_calls(name, value)
    }


def _is_of_calls(name: str, value: object) -> bool:
    code = (types.FunctionType, types.MethodType, functools.partial, type)
    return _OF_CALLS.search(name) is not None and not isinstance(value, code)


def _parts_of(function: types.FunctionType, inner: object) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):
            yield name, cell.cell_contents
    for position, value in enumerate(function.__defaults__ or ()):
        yield f"default {position}", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"default {name}", value
    copied = getattr(inner, "__dict__", {})
    for name, value in sorted(vars(function).items()):
        if name not in copied or copied[name] is not value:
            yield f"attribute {name}", value


def sketch_of_foreign(function: types.FunctionType) -> Sketch:
    """A library's function: which one it is in its file, and what it holds."""
    code = function.__code__
    # Its own name may be that of what it wraps.
    own = node("foreign", text(code.co_name), integer(code.co_firstlineno))
    module = str(function.__globals__.get("__name__", ""))
    bindings = identified(_held(function))
    return Sketch(label_of(function), module, own, bindings, _no_makings, foreign=True)


def identified(bindings: Mapping[str, object]) -> dict[str, object]:
    """The same with the code that a value holds in its place, where that has no identity."""
    found: dict[str, object] = {}
    for name, value in bindings.items():
        if _has_identity(value):
            found[name] = value
        else:
            # No name any more: what a library's variable holds next is not watched.
            found[f"within {name}"] = tuple(dict.fromkeys(_code_in(value, _DEEPEST)))
    return found


def _has_identity(value: object) -> bool:
    try:
        Encoder(lambda thing, context: b"", spare=spared_within(value)).encode(value)
    except Exception:
        # Not only refused: what libraries keep may do anything when it is looked at.
        return False
    return True


def _code_in(value: Any, depth: int) -> Iterator[types.FunctionType | type]:
    if isinstance(value, (types.FunctionType, type)):
        yield value
    elif depth:
        for part in _parts(value):
            yield from _code_in(part, depth - 1)


def _parts(value: Any) -> Iterator[object]:
    if isinstance(value, functools.partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, types.MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, (list, tuple)):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif not isinstance(value, types.ModuleType):
        held = inspect.getattr_static(value, "__wrapped__", None)
        yield from () if held is None else (held,)
        state = getattr(value, "__dict__", None)
        yield from state.values() if isinstance(state, dict) else ()


def _no_makings(name: str) -> tuple[()]:
    return ()


def _named(thing: Any) -> bool:
    held: Any = sys.modules.get(module_name_of(thing))
    for name in thing.__qualname__.split("."):
        held = inspect.getattr_static(held, name, None)
        held = getattr(held, "__func__", held)
    if isinstance(held, property):
        return thing in (held.fget, held.fset, held.fdel)
    return held is thing
