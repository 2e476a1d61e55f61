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
_CONTAINERS = (dict, list, tuple, set, frozenset, BaseHook, Mapping)
_PLAIN = frozenset({bool, bytes, float, int, str, type(None)})
_IMPORTS = dis.opmap["IMPORT_NAME"]


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
    for argument, default in defaults_of(kind, first_party, load=not named):
        # What leads there by another name, as `dest_aws_conn_id`, is named all the same.
        if argument not in ignore and not any(key.endswith(argument) for key, _ in named):
            found.add(default)
    return sorted(found)


@functools.cache
def defaults_of(
    kind: type, first_party: frozenset[str], *, load: bool = False
) -> tuple[tuple[str, str], ...]:
    """What the hooks that an operator's code names are given, and the connection without it.

    Args:
        load: Import what its methods would import.
    """
    found = set()
    for hook in _reached(kind, first_party, load=load):
        default = getattr(hook, "default_conn_name", None)
        if isinstance(default, str):
            found.add((getattr(hook, "conn_name_attr", None) or "conn_id", default))
    return tuple(sorted(found))


def _named(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Connections that are named in containers, however deep, and by what."""
    todo: list[tuple[str, Any]] = [("", arguments)]
    seen: set[int] = set()
    while todo:
        key, value = todo.pop()
        if isinstance(value, str):
            if value and _names(key):
                yield key, value
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
    argument = getattr(value, "conn_name_attr", None) or "conn_id"
    return [(argument, getattr(value, argument, None))]


@functools.lru_cache(maxsize=1024)
def _names(key: str) -> bool:
    return bool(_CONNECTION.fullmatch(key))


def _reached(kind: type, first_party: frozenset[str], *, load: bool) -> Iterator[type]:
    """The classes of hooks that are named in a class, and in what of the user's that reaches."""
    bases = kind.__mro__[: kind.__mro__.index(BaseOperator)]
    todo = [held for one in bases for held in vars(one).values()]
    # Also so that none of them goes, and another gets its id.
    seen: dict[int, object] = {}
    while todo:
        thing = _bare(todo.pop())
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if isinstance(thing, type) and issubclass(thing, BaseHook):
            yield thing
        elif isinstance(thing, type) and _is_own(thing, first_party):
            todo += vars(thing).values()
        elif isinstance(thing, types.FunctionType):
            todo += [one for one in _used(thing, load=load) if _matters(one, first_party)]


def _bare(thing: Any) -> Any:
    """The function within a property, a method of a class, or a decorator."""
    for name in ("__func__", "fget", "func"):
        thing = getattr(thing, name, None) or thing
    return inspect.unwrap(thing) if isinstance(thing, types.FunctionType) else thing


def _matters(thing: object, first_party: frozenset[str]) -> bool:
    hook = isinstance(thing, type) and issubclass(thing, BaseHook)
    return hook or _is_own(thing, first_party)


def _is_own(thing: object, first_party: frozenset[str]) -> bool:
    known = isinstance(thing, (type, types.FunctionType))
    return known and origin_of(str(getattr(thing, "__module__", "")), first_party).first_party


def _used(function: types.FunctionType, *, load: bool) -> Iterator[object]:
    """What a function's code names of its module, and of others that it imports."""
    space = function.__globals__
    yield from _contents(function.__closure__ or ())
    for code in _codes(function.__code__):
        held = [space[name] for name in code.co_names if name in space]
        modules = [one for one in held if isinstance(one, types.ModuleType)]
        modules += _imported(code, str(space.get("__package__") or ""), load=load)
        yield from held
        for module in modules:
            yield from (vars(module)[name] for name in code.co_names if name in vars(module))


def _contents(cells: Iterable[types.CellType]) -> Iterator[object]:
    for cell in cells:
        with suppress(ValueError):
            yield cell.cell_contents


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _imported(code: types.CodeType, package: str, *, load: bool) -> Iterator[types.ModuleType]:
    if _IMPORTS not in code.co_code[::2]:
        return
    # What has no hook is not worth the time.
    load = load and any("hook" in name.lower() for name in code.co_names)
    done: list[Any] = []
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            level = done[-2] if len(done) > 1 and isinstance(done[-2], int) else 0
            module = _module("." * level + step.argval, package, load=load)
            if module is not None:
                yield module
        done.append(step.argval)


def _module(name: str, package: str, *, load: bool) -> types.ModuleType | None:
    try:
        whole = resolve_name(name, package)
        return sys.modules.get(whole) or (importlib.import_module(whole) if load else None)
    except Exception:
        # It cannot be used then.
        return None
