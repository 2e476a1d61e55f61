"""How time zones are written beside instants: by name, if they have one that all libraries know."""

from __future__ import annotations

import datetime
import functools
import zoneinfo
from dataclasses import dataclass
from typing import Any

from orchestra_cache.fingerprints.grammar import node, text
from orchestra_cache.fingerprints.values.nodes import register_handler

__all__ = ["load", "shown_zone", "zone_beside_instant"]


@dataclass(frozen=True, slots=True)
class _Named:
    """Stands for a zone by its name."""

    name: str


@functools.cache
def load() -> None:
    """Register the handler, once."""
    # As the standard library's zones are written.
    register_handler(_Named, lambda value, context: node("zoneinfo", text(value.name)))


def zone_beside_instant(zone: Any) -> object:
    """What stands for the zone of an instant that is counted in UTC.

    A zone of `pytz` beside a time of the clock is more: it holds one of the zone's offsets.
    """
    name = _name_of(zone)
    return zone if name is None else _Named(name)


def shown_zone(zone: Any) -> tuple[str, object] | None:
    """A name and an offset that tell all of a zone; None if only the zone itself does."""
    if type(zone) is datetime.timezone:
        # An offset can bear any name.
        return (str(zone), zone.utcoffset(None))
    name = _name_of(zone)
    return None if name is None else (name, datetime.timedelta() if name == "UTC" else None)


def _name_of(zone: Any) -> str | None:
    kind = type(zone)
    # Those of pytz have a class each; its fixed offsets have no name.
    named = kind is zoneinfo.ZoneInfo or kind.__module__.partition(".")[0] == "pytz"
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return str(name) if named and name else None
