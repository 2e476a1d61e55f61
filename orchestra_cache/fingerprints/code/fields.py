"""What the fields of a class are, as libraries that generate its methods keep them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

__all__ = ["fields_of"]


def fields_of(kind: type, *, weak: bool) -> Iterator[tuple[str, object]]:
    """Factories of defaults; where no statement says the rest, that too."""
    yield from _of_dataclass(kind, weak=weak)
    if weak:
        yield from _of_model(kind)
        yield from _of_struct(kind)


def _of_dataclass(kind: type, *, weak: bool) -> Iterator[tuple[str, object]]:
    for field in vars(kind).get("__dataclass_fields__", {}).values():
        # By what is loaded: the statement may have been edited since it ran.
        # A class that was pickled by value has a sentinel of its own.
        if not isinstance(field.default_factory, type(dataclasses.MISSING)):
            yield f"factory {field.name}", field.default_factory
        if weak:
            options = (field.init, field.repr, field.hash, field.compare, field.kw_only)
            yield f"field {field.name}", (*options, dict(field.metadata))
    written: Any = vars(kind).get("__dataclass_params__")
    if weak and written is not None:
        yield "options", {name: getattr(written, name) for name in type(written).__slots__}


def _of_model(kind: type) -> Iterator[tuple[str, object]]:
    held = vars(kind)
    fields = held.get("__pydantic_fields__", held.get("model_fields"))
    for name, field in fields.items() if isinstance(fields, dict) else ():
        if field.default_factory is not None:
            yield f"factory {name}", field.default_factory
        elif not field.is_required():
            yield f"default {name}", field.default
        yield f"annotation {name}", field.annotation
        yield from ((f"constraint {name}{at}", one) for at, one in enumerate(field.metadata))
        said = ("alias", "validation_alias", "alias_priority", "frozen", "init", "kw_only")
        options = {one: getattr(field, one, None) for one in (*said, "exclude", "discriminator")}
        yield f"model-field {name}", options
    yield from _validators(held.get("__pydantic_decorators__"))


def _validators(decorators: Any) -> Iterator[tuple[str, object]]:
    """When each validator is asked, and for which fields; what it does is a method."""
    if not dataclasses.is_dataclass(decorators):
        return
    for group in dataclasses.fields(decorators):
        found = getattr(decorators, group.name)
        for name, one in found.items() if isinstance(found, dict) else ():
            yield f"validator {group.name} {name}", one.info


def _of_struct(kind: type) -> Iterator[tuple[str, object]]:
    names = getattr(kind, "__struct_fields__", None)
    values = getattr(kind, "__struct_defaults__", None)
    if names is None or values is None:
        return
    import msgspec

    for name, value in zip(names[len(names) - len(values) :], values, strict=True):
        # Its factories are of a class that nobody can import.
        factory = getattr(value, "factory", None) if type(value).__name__ == "Factory" else None
        if value is not msgspec.NODEFAULT:
            yield (f"factory {name}", factory) if factory else (f"default {name}", value)
    for name, annotation in (vars(kind).get("__annotations__") or {}).items():
        said = getattr(annotation, "__metadata__", ())
        if any(map(_is_meta, said)):
            yield f"annotation {name}", (annotation.__origin__, *map(_constraint, said))
    yield "fields", (names, getattr(kind, "__struct_encode_fields__", names))
    written: Any = getattr(kind, "__struct_config__", None)
    said = ("frozen", "eq", "order", "omit_defaults", "forbid_unknown_fields", "array_like", "tag")
    yield "options", {name: getattr(written, name, None) for name in said}


def _constraint(said: Any) -> object:
    """What msgspec keeps where nobody can see it, by its names."""
    limits = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length", "tz")
    return {name: getattr(said, name, None) for name in limits} if _is_meta(said) else said


def _is_meta(said: object) -> bool:
    import msgspec

    return isinstance(said, msgspec.Meta)
