"""What a task tells of its outlets: kept with its result, and told again on a hit."""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from orchestra_cache.airflow._compat import assets
from orchestra_cache.airflow._compat.assets import Told
from orchestra_cache.attempt import Attempt
from orchestra_cache.errors import FingerprintError
from orchestra_cache.events import Failed, Hit, emit
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.values.nodes import kind_of
from orchestra_cache.readers import read_ref
from orchestra_cache.ref import Ref
from orchestra_cache.settings import CacheLike

__all__ = ["DIGEST", "OutletEvents"]

# Under this name the extra of an asset's event says what the asset holds now.
DIGEST = "orchestra_cache.digest"

_EFFECT = "outlets"

# Results that are data by themselves: tables and arrays. All else may only say where some data is,
# how much, or what a command printed. Where in its package a class lies depends on its version.
_DATA = re.compile(
    r"(numpy|pandas|polars|pyarrow)\.(.+\.)?"
    r"(ndarray|MaskedArray|DataFrame|Series|Table|RecordBatch|\w*Index|\w*Array)"
)


class _Outlets(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an entry keeps: who made it, as no other computation did, and what it told.

    Attributes:
        returned: The result is assets, or has some in it: Airflow is to see them.
    """

    made: str
    told: list[Told] = []
    returned: bool = False


class OutletEvents:
    """The events that one run of a task makes for its outlets.

    It is made before the task's own code runs: what was told until then was not by it.
    """

    def __init__(self, operator: Any, context: Mapping[str, Any]) -> None:
        self._operator, self._context = operator, context
        self._before, self._unknown = _told_before(context)
        self._kept: _Outlets | None = None

    def finish(self, attempt: Attempt, value: Any) -> Any:
        """Publish what was computed, with all that was told meanwhile."""
        try:
            attempt.effects = {**attempt.effects, **self._effects(value)}
        except Exception as error:
            # It would not be told again.
            emit(Failed(attempt.declaration.task, "", "keep what it told of its outlets", error))
            return value
        result = attempt.finish(value)
        self._tell_digest(attempt, result, value)
        return value if self._kept is not None and self._kept.returned else result

    def repeat(self, attempt: Attempt, hit: Hit, cache: CacheLike) -> None:
        """Tell what the one who computed it told; without that, the hit is a miss."""
        try:
            if _EFFECT in hit.effects:
                kept = self._kept = msgspec.convert(hit.effects[_EFFECT], _Outlets)
                if kept.returned and isinstance(hit.value, Ref):
                    value = read_ref(hit.value, cache)
                    attempt.found = hit = msgspec.structs.replace(hit, value=value)
                assets.tell(self._context, kept.told, self._operator.outlets)
        except Exception as error:
            attempt.lost(error)
            attempt.tell()
            return
        self._tell_digest(attempt, hit.value, hit.value)

    def _effects(self, value: Any) -> dict[str, Any]:
        told, returned = self._told_since(), bool(_among(value))
        if not (told or returned or assets.assets_among(self._operator.outlets)):
            return {}
        kept = self._kept = _Outlets(uuid.uuid4().hex, told, returned)
        for one in told:
            # Airflow writes it as JSON too, and is to say itself what it cannot write.
            json.dumps([one.extra, [(event.extra, event.asset_extra) for event in one.added]])
        return {_EFFECT: msgspec.to_builtins(kept)}

    def _told_since(self) -> list[Told]:
        if self._unknown is not None:
            raise self._unknown
        before = {(one.uri, one.name): one for one in self._before}
        since = [_since(before.get((one.uri, one.name)), one) for one in assets.told(self._context)]
        return [one for one in since if one.extra or one.added or one.partitions]

    def _tell_digest(self, attempt: Attempt, result: Any, value: Any) -> None:
        """Say in each event what its asset holds, unless the task has said so itself."""
        try:
            outlets = [*assets.assets_among(self._operator.outlets), *_among(value)]
            extras = list(assets.extras(self._context, outlets))
            # One table does not say what each of several assets holds.
            alone = len(outlets) == len(extras) == 1
            digest = self._digest(attempt, result, alone=alone) if extras else ""
            for extra in extras:
                extra.setdefault(DIGEST, digest)
        except Exception as error:
            emit(Failed(attempt.declaration.task, "", "say what its outlets hold", error))

    def _digest(self, attempt: Attempt, result: Any, *, alone: bool) -> str:
        kind = result.type if isinstance(result, Ref) else kind_of(result)
        if alone and _DATA.fullmatch(kind):
            try:
                return str(fingerprint(result))
            except FingerprintError:
                pass
        return str(combine("outlets", *self._computation(attempt)))

    def _computation(self, attempt: Attempt) -> list[bytes]:
        """Which computation made it: hits of one entry say the same, and no other says so."""
        if self._kept is not None:
            return [self._kept.made.encode()]
        found = attempt.found
        instant = found.created.isoformat() if isinstance(found, Hit) else uuid.uuid4().hex
        return [str(attempt.recipe and attempt.recipe.key).encode(), instant.encode()]


def _told_before(context: Mapping[str, Any]) -> tuple[list[Told], Exception | None]:
    """What was told so far, or why that is not known: whoever looks up may have a hit yet."""
    try:
        return copy.deepcopy(assets.told(context)), None
    except Exception as error:
        return [], error


def _among(value: Any) -> list[Any]:
    """The assets that a task returns, which Airflow makes outlets."""
    return assets.assets_among(value if isinstance(value, list) else [value])


def _since(before: Told | None, now: Told) -> Told:
    if before is None:
        return now
    extra = {
        name: held
        for name, held in now.extra.items()
        if name not in before.extra or before.extra[name] != held
    }
    added = now.added[len(before.added) :]
    partitions = [one for one in now.partitions if one not in before.partitions]
    return Told(now.uri, now.name, extra, added, partitions)
