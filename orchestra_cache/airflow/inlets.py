"""What a task reads by its inlets: each asset by what its newest event says that it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestra_cache.airflow._compat import assets
from orchestra_cache.airflow.outlets import DIGEST
from orchestra_cache.errors import DatasetError
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component

__all__ = ["inlet_components"]

_DIGITS = 8


def inlet_components(operator: Any, context: Mapping[str, Any]) -> Iterator[Component]:
    """Components `asset:…`, one for each asset that the operator declares to read.

    Raises:
        DatasetError: There is no event of an asset: what it holds is not known.
    """
    inlets = assets.assets_among(operator.inlets)
    for inlet in inlets:
        # In both versions of Airflow an asset has this; a name is the URI if nobody gave one.
        name = str(getattr(inlet, "uri", None) or inlet.name)
        event = assets.newest_event(context, inlets, inlet)
        if event is None:
            raise DatasetError(
                f"there is no event of the inlet {name} that says what it holds now",
                "have the task that makes it declare it in `outlets`, or declare what is read "
                "by `reads=…` instead of `inlets`",
            )
        yield _component(name, event)


def _component(name: str, event: assets.Event) -> Component:
    digest = event.extra.get(DIGEST)
    if isinstance(digest, str):
        said, shown = ("digest", digest), f"digest {digest.rpartition(':')[2][:_DIGITS]}"
    else:
        said, shown = ("event", f"{event.id} {event.timestamp}"), f"event {event.id}"
    parts = [part.encode() for part in (*said, event.partition)]
    return Component(f"asset:{name}", combine("asset", *parts), shown)
