"""Assets and their events, which Airflow 2 calls datasets."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

try:  # Airflow 3
    from airflow.sdk import Asset, AssetAlias
    from airflow.sdk.definitions.asset import AssetRef

    _ASSETS: tuple[type, ...] = (Asset, AssetAlias, AssetRef)
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.datasets import DatasetAlias as AssetAlias

    _ASSETS = (Asset, AssetAlias)

__all__ = ["Event", "Told", "assets_among", "extras", "newest_event", "tell", "told"]


class Added(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of an asset that was told through an alias."""

    uri: str
    name: str = ""
    extra: dict[str, Any] = {}
    asset_extra: dict[str, Any] = {}


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a task told of one outlet.

    Attributes:
        uri: Of the asset; empty if it is an alias.
        name: Airflow 2 knows none of an asset.
    """

    uri: str = ""
    name: str = ""
    extra: dict[str, Any] = {}
    added: list[Added] = []
    partitions: list[str] = []


class Event(msgspec.Struct, frozen=True):
    """The newest event of an asset, as Airflow wrote it down."""

    id: int
    timestamp: str
    extra: Mapping[str, Any]
    partition: str


def told(context: Mapping[str, Any]) -> list[Told]:
    """What a task has told of its outlets so far."""
    return [_told(accessor) for accessor in context["outlet_events"]._dict.values()]


def tell(context: Mapping[str, Any], events: Iterable[Told], outlets: Iterable[Any]) -> None:
    """Tell it as the callable would."""
    names = {one.uri: getattr(one, "name", one.uri) for one in outlets if isinstance(one, Asset)}
    for event in events:
        name = event.name or names.get(event.uri, "")
        outlet = _asset(event.uri, name) if event.uri else AssetAlias(event.name)
        accessor = context["outlet_events"][outlet]
        accessor.extra.update(event.extra)
        for one in event.added:
            accessor.add(_asset(one.uri, one.name, one.asset_extra), extra=dict(one.extra))
        if event.partitions:
            accessor.add_partitions(list(event.partitions))


def extras(context: Mapping[str, Any], outlets: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The extra of each event that outlets are going to have, to be changed in place."""
    for outlet in outlets:
        accessor = context["outlet_events"][outlet]
        if not isinstance(outlet, AssetAlias):
            yield accessor.extra
        for added in _added(accessor):
            # The user's own may be in several events.
            if isinstance(added, dict):
                added["extra"] = own = dict(added["extra"])
            else:
                added.extra = own = dict(added.extra)
            yield own


def assets_among(things: Iterable[Any]) -> list[Any]:
    """The assets, aliases and references to them among inlets, outlets or results."""
    return [one for one in things if isinstance(one, _ASSETS)]


def newest_event(context: Mapping[str, Any], inlets: list[Any], inlet: Any) -> Event | None:
    """The newest event of an inlet; None if there is none."""
    given = context["inlet_events"]
    # Assets among the arguments are inlets too, and Airflow finds that out after it made these.
    session = {"session": given._session} if hasattr(given, "_session") else {}
    events = type(given)(inlets, **session)[inlet]
    if hasattr(events, "ascending"):
        events = events.ascending(False).limit(1)
    try:
        newest = events[-1]
    except IndexError:
        return None
    partition = getattr(newest, "partition_key", None) or ""
    return Event(newest.id, newest.timestamp.isoformat(), newest.extra or {}, partition)


def _told(accessor: Any) -> Told:
    key = accessor.key if hasattr(accessor, "key") else accessor.raw_key
    events = list(_added(accessor))
    extra, added = dict(accessor.extra), [_as_added(event) for event in events]
    if isinstance(key, str) and not events:
        return Told(key, "", extra)
    if isinstance(key, str) or not hasattr(key, "uri"):
        return Told("", key if isinstance(key, str) else key.name, extra, added)
    partitions = sorted(getattr(accessor, "partition_keys", ()))
    return Told(key.uri, getattr(key, "name", ""), extra, added, partitions)


def _added(accessor: Any) -> list[Any]:
    if hasattr(accessor, "dataset_alias_events"):
        return list(accessor.dataset_alias_events)
    return list(accessor.asset_alias_events)


def _as_added(event: Any) -> Added:
    if isinstance(event, dict):
        return Added(event["dest_dataset_uri"], "", dict(event["extra"]))
    key = event.dest_asset_key
    return Added(key.uri, key.name, dict(event.extra), dict(event.dest_asset_extra))


def _asset(uri: str, name: str, extra: Mapping[str, Any] | None = None) -> Any:
    more = {"extra": dict(extra)} if extra else {}
    with warnings.catch_warnings(), suppress(TypeError):
        # One that Airflow has already checked.
        warnings.simplefilter("ignore")
        return Asset(uri=uri, name=name or uri, **more)
    return Asset(uri=uri, **more)
