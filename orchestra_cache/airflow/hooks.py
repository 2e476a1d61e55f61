"""Which connections an operator leads to: those that it names, and those its hooks take if not."""

from __future__ import annotations

import dis
import functools
import importlib
import inspect
import re
import sys
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import resolve_name
from typing import Any

from orchestra_cache.airflow._compat.executions import BaseHook
from orchestra_cache.airflow._compat.operators import BaseOperator
from orchestra_cache.fingerprints.origin import origin_of

__all__ = ["connections_of", "defaults_of"]

_CONNECTION = re.compile(r"(.*_)?conn(ection)?_ids?")
_CONTAINERS = (dict, list, tuple, set, frozenset, type, functools.partial, BaseHook, Mapping)
_PLAIN = frozenset({bool, bytes, float, int, str, type(None)})
_IMPORTS = dis.opmap["IMPORT_NAME"]

# Where a function is, within what a class has.
_WITHIN = {
    staticmethod: "__func__",
    classmethod: "__func__",
    property: "fget",
    functools.cached_property: "func",
    functools.partial: "func",
}

# How the connection is called of a hook that does not say it, and of one that is there: no argument
# of an operator takes its place.
_ANY, _HELD = "conn_id", "a hook's own"


def connections_of(
    operator: Any,
    kind: type,
    arguments: Mapping[str, Any],
    *,
    ignore: Collection[str],
    first_party: frozenset[str],
) -> list[str]:
    """The names of all connections that an operator may use when it runs.

    Args:
        arguments: What counts of it.
    """
    attributes = [name for name in dir(operator) if _names(name)]
    held = {name: getattr(operator, name, None) for name in attributes if name not in ignore}
    named = set(_named({**held, **arguments}))
    found = {name for _, name in named}
    keys = {key for key, _ in named}
    for argument, default in defaults_of(kind, first_party, load=not any(keys)):
        if argument not in ignore and not any(_leads_to(argument, key) for key in keys):
            found.add(default)
    return sorted(found)


def _leads_to(argument: str, key: str) -> bool:
    """Whether it is a hook's argument, or that for one of several, as `dest_aws_conn_id`."""
    return key == argument or (argument != _ANY and key.endswith(f"_{argument}"))


@functools.cache
def defaults_of(
    kind: type, first_party: frozenset[str], *, load: bool = False
) -> tuple[tuple[str, str], ...]:
    """What the hooks that an operator's code names are given, and the connection without it.

    Args:
        load: Import what its methods would import; what the user's own would is in any case.
    """
    found = set()
    for hook in _reached(kind, first_party, load=load):
        if not _is(hook, type):
            found |= {(_HELD, name) for _, name in _named({"": hook})}
        elif default := _default_of(hook):
            found.add((getattr(hook, "conn_name_attr", None) or _ANY, default))
    return tuple(sorted(found))


def _default_of(thing: type) -> str | None:
    default = getattr(thing, "default_conn_name", None) if _is_hook(thing) else None
    return default if isinstance(default, str) else None


def _is_hook(thing: Any) -> bool:
    return issubclass(thing, BaseHook) if _is(thing, type) else _is(thing, BaseHook)


def _is(thing: object, kind: type) -> bool:
    """As `isinstance`, which asks the thing itself: one that stands for another does its work."""
    return issubclass(type(thing), kind)


def _named(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Connections that are named in containers, however deep, and by what.

    Of a class of hooks it is the default one, by no name: others need not be it.
    """
    todo: list[tuple[str, Any]] = [("", arguments)]
    seen: set[int] = set()
    while todo:
        key, value = todo.pop()
        if isinstance(value, str):
            if value and _names(key):
                yield key, value
        elif isinstance(value, type):
            yield from (("", name) for name in (_default_of(value),) if name)
        elif isinstance(value, _CONTAINERS) and id(value) not in seen:
            # One that holds itself is looked at once.
            seen.add(id(value))
            todo += _parts(value, key)


def _parts(value: Any, key: str) -> list[tuple[str, Any]]:
    if isinstance(value, (list, tuple, set, frozenset)):
        if _names(key):
            return [(key, part) for part in value]
        # Of most lists nothing is left.
        return [(key, p) for p in value if type(p) not in _PLAIN and isinstance(p, _CONTAINERS)]
    if isinstance(value, Mapping):
        return [(str(name), part) for name, part in value.items()]
    if isinstance(value, functools.partial):
        return [("", value.func), ("", value.args), *value.keywords.items()]
    argument = getattr(value, "conn_name_attr", None) or _ANY
    return [(argument, getattr(value, argument, None))]


@functools.lru_cache(maxsize=1024)
def _names(key: str) -> bool:
    return bool(_CONNECTION.fullmatch(key))


def _reached(kind: type, first_party: frozenset[str], *, load: bool) -> Iterator[Any]:
    """The hooks, and their classes, that a class names, and what of the user's that reaches."""
    bases = kind.__mro__[: kind.__mro__.index(BaseOperator)]
    todo: list[tuple[Any, bool]] = []
    for one in bases:
        todo += [(held, load or _is_own(one, first_party)) for held in vars(one).values()]
    # Also so that none of them goes, and another gets its id.
    seen: dict[int, object] = {}
    while todo:
        held, load = todo.pop()
        thing = _bare(held)
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if _is_hook(thing):
            yield thing
        elif _is(thing, type) and _is_own(thing, first_party):
            todo += [(one, True) for one in vars(thing).values()]
        elif _is(thing, types.FunctionType):
            used = _used(thing, first_party, load=load)
            todo += [(one, True) for one in used if _is_hook(one) or _is_own(one, first_party)]


def _bare(thing: Any) -> Any:
    """The function within a property, a method of a class, or a decorator.

    Anything may be held by a class, and say that it has any attribute, or do something then.
    """
    while (name := _WITHIN.get(type(thing))) is not None:
        thing = getattr(thing, name)
    return inspect.unwrap(thing) if type(thing) is types.FunctionType else thing


def _is_own(thing: object, first_party: frozenset[str]) -> bool:
    known = _is(thing, type) or _is(thing, types.FunctionType)
    return known and origin_of(str(getattr(thing, "__module__", "")), first_party).first_party


def _used(
    function: types.FunctionType, first_party: frozenset[str], *, load: bool
) -> Iterator[object]:
    """What a function's code names of its module, and of others that it imports or that lead on."""
    yield from _contents(function.__closure__ or ())
    package = str(function.__globals__.get("__package__") or "")
    for code in _codes(function.__code__):
        imported = _imported(code, package, first_party, load=load)
        places = [function.__globals__, *map(vars, imported)]
        seen: set[int] = set()
        for place in places:
            held = [place[name] for name in code.co_names if name in place]
            yield from held
            found = [vars(one) for one in held if _is(one, types.ModuleType)]
            places += [one for one in found if id(one) not in seen]
            seen.update(map(id, found))


def _contents(cells: Iterable[types.CellType]) -> Iterator[object]:
    for cell in cells:
        with suppress(ValueError):
            yield cell.cell_contents


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _imported(
    code: types.CodeType, package: str, first_party: frozenset[str], *, load: bool
) -> Iterator[types.ModuleType]:
    # Of what is not the user's, what has no hook is not worth the time.
    hooked = any("hook" in name.lower() for name in code.co_names)
    for name in _imports(code, package):
        loads = load and (hooked or origin_of(name, first_party).first_party)
        with suppress(Exception, SystemExit):
            # What cannot be imported cannot be used, and what a module has need not be one.
            found = sys.modules.get(name) or (importlib.import_module(name) if loads else None)
            if isinstance(found, types.ModuleType):
                yield found


def _imports(code: types.CodeType, package: str) -> Iterator[str]:
    """The names of modules that a code imports, and of what it imports from them."""
    if _IMPORTS not in code.co_code[::2]:
        return
    done: list[Any] = []
    whole = ""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            level = done[-2] if len(done) > 1 and isinstance(done[-2], int) else 0
            # One that leads out of its package fails, here as there.
            with suppress(ImportError):
                whole = resolve_name("." * level + step.argval, package)
                yield whole
        known = getattr(sys.modules.get(whole), "__dict__", ())
        if step.opname == "IMPORT_FROM" and step.argval not in known:
            yield f"{whole}.{step.argval}"
        done.append(step.argval)
