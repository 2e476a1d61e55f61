"""How the objects that annotations are made of are written: by what they say, on every Python."""

from __future__ import annotations

import types
import typing
from typing import Any

from orchestra_cache.fingerprints.grammar import boolean, node, text
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node

__all__ = ["ANNOTATIONS"]


def _special(value: object, context: Context) -> bytes:
    return context.refer(value)


def _alias(value: Any, context: Context) -> Node:
    more = getattr(value, "__metadata__", ())
    parts = (value.__origin__, *value.__args__, *more)
    return Node(parts, lambda written: node("typing.alias", *written))


def _generic_alias(value: types.GenericAlias, context: Context) -> Node:
    parts = (value.__origin__, *value.__args__)
    return Node(parts, lambda written: node("alias", *written))


def _union(value: types.UnionType, context: Context) -> Node:
    return Node(value.__args__, lambda written: node("union", *written))


def _variable(value: Any, context: Context) -> Node:
    name = text(value.__name__)
    flags = (boolean(value.__covariant__), boolean(value.__contravariant__))
    # No bound is `NoneType` for a `ParamSpec` of some Pythons.
    bound = None if value.__bound__ is type(None) else value.__bound__
    parts = (bound, getattr(value, "__constraints__", ()))
    return Node(parts, lambda written: node("typing.variable", name, *flags, *written))


def _new_type(value: Any, context: Context) -> Node:
    name = text(value.__name__)
    parts = (value.__supertype__,)
    return Node(parts, lambda written: node("typing.new-type", name, *written))


def _kinds(base: str) -> list[type]:
    """The classes of `typing` below one that is nobody's business; none if a Python lacks it."""
    found = getattr(typing, base, None)
    classes = [one for one in vars(typing).values() if isinstance(one, type)]
    return [one for one in classes if found is not None and issubclass(one, found)]


ANNOTATIONS: dict[type, Handler] = {
    **dict.fromkeys(_kinds("_BaseGenericAlias"), _special),
    **dict.fromkeys(_kinds("_SpecialForm"), _special),
    **dict.fromkeys(_kinds("_GenericAlias"), _alias),
    types.GenericAlias: _generic_alias,
    types.UnionType: _union,
    typing.TypeVar: _variable,
    typing.ParamSpec: _variable,
    typing.NewType: _new_type,
}
