"""How models, secrets and other values of pydantic and msgspec are written."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.grammar import binary, integer, node, text
from orchestra_cache.fingerprints.values.layout import state_of
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node, register_family
from orchestra_cache.fingerprints.values.objects import class_name, write_state

__all__ = ["load"]

# Which fields were given and which are defaults is no part of a model's value.
_GIVEN = frozenset(("__pydantic_fields_set__", "__fields_set__"))


def load() -> None:
    """Register the handlers of those of the libraries that are imported by now."""
    for name, register in _LIBRARIES.items():
        if name in sys.modules:
            register()


@functools.cache
def _load_pydantic() -> None:
    import pydantic

    register_family(pydantic.BaseModel, _model)
    for kind in (pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret):
        register_family(kind, _secret)


@functools.cache
def _load_old_pydantic() -> None:
    from pydantic import v1

    register_family(v1.BaseModel, _model)
    for kind in (v1.SecretStr, v1.SecretBytes):
        register_family(kind, _secret)


@functools.cache
def _load_pydantic_core() -> None:
    import pydantic_core

    register_family(pydantic_core.Url, _shown("pydantic.url"))
    register_family(pydantic_core.MultiHostUrl, _shown("pydantic.url"))
    register_family(pydantic_core.TzInfo, _zone)


@functools.cache
def _load_msgspec() -> None:
    import msgspec

    register_family(msgspec.Raw, lambda value, context: node("msgspec.raw", binary(bytes(value))))
    register_family(msgspec.msgpack.Ext, _extension)


_LIBRARIES: dict[str, Callable[[], None]] = {
    "msgspec": _load_msgspec,
    "pydantic": _load_pydantic,
    "pydantic.v1": _load_old_pydantic,
    "pydantic_core": _load_pydantic_core,
}


def _model(value: Any, context: Context) -> Node:
    state = state_of(value)
    return write_state("object", value, {name: state[name] for name in state.keys() - _GIVEN})


def _secret(value: Any, context: Context) -> Node:
    """Write a secret as a digest, which nobody without the key can guess if there is one."""
    context.secrets = True
    head = text(class_name(type(value)))
    return Node(
        (state_of(value),),
        lambda written: node(
            "secret", head, binary(combine("secret", *written, key=context.secret).raw)
        ),
        lambda _: "its secret",
        digested=True,
    )


def _shown(tag: str) -> Handler:
    # The text of a URL is all there is of it.
    return lambda value, context: node(tag, text(type(value).__name__), text(str(value)))


def _extension(value: Any, context: Context) -> Node:
    parts = (value.code, value.data)
    return Node(parts, lambda written: node("msgspec.extension", *written))


def _zone(value: Any, context: Context) -> bytes:
    return node("pydantic.zone", integer(int(value.utcoffset(None).total_seconds())))
