"""A large result that Airflow looks into: it finds what it looks for, and nothing is read.

Airflow asks a task with several outputs for each of them, and one that others are expanded over
for its length. An entry keeps both beside its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.handed import TakesRefs
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.repeating import is_plain, repeat
from orchestra_cache.airflow.rows import OWNER
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.sizes import fits
from orchestra_cache.airflow.standins import Elements, Outputs
from orchestra_cache.attempt import Attempt
from orchestra_cache.cache import Cache
from orchestra_cache.errors import CodecError
from orchestra_cache.events import Failed, Hit, emit
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.outputs import encode
from orchestra_cache.readers import read_ref
from orchestra_cache.ref import Ref

__all__ = ["hand_on_hit", "hand_on_result"]

_EFFECT = "airflow:outline"

# What takes no more bytes is in the entry itself, as JSON.
_SMALL = 2048

_MOST = 64

_UNKNOWN = object()


def hand_on_hit(run: OperatorRun, attempt: Attempt, outlets: OutletEvents) -> None:
    """Do on a hit what its computation did, and have Airflow given a result that it can look into.

    What cannot be done makes the hit a miss.
    """
    shown = _hit(run, attempt)
    if isinstance(attempt.found, Hit):
        outlets.repeat(attempt, attempt.found, run.terms.cache)
    repeat(attempt, run.context)
    found = attempt.found
    if isinstance(found, Hit) and isinstance(found.value, Ref):
        attempt.found = msgspec.structs.replace(found, value=shown)


def hand_on_result(run: OperatorRun, attempt: Attempt, outlets: OutletEvents, value: Any) -> Any:
    """Keep what was computed; returns what Airflow is given for it. Never fails."""
    attempt.effects = {**attempt.effects, **_outline(run, attempt, value)}
    result = outlets.finish(attempt, value)
    try:
        shown = _shown(run, result, attempt.effects)
        return value if shown is _UNKNOWN else shown
    except Exception as error:
        emit(Failed(attempt.declaration.task, "", "hand its outputs on one by one", error))
        return value


def _hit(run: OperatorRun, attempt: Attempt) -> Any:
    found = attempt.found
    if not isinstance(found, Hit):
        return None
    try:
        shown = _shown(run, found.value, found.effects)
        return read_ref(found.value, run.cache) if shown is _UNKNOWN else shown
    except Exception as error:
        attempt.lost(error)
        attempt.tell()
        return None


def _outline(run: OperatorRun, attempt: Attempt, value: Any) -> dict[str, Any]:
    """What an entry keeps of a result beside it, so that a hit need not read it."""
    unwanted = not attempt.refs or attempt.policy.mode == "readonly"
    try:
        if unwanted or not _is_looked_into(run.operator) or _is_small(value):
            return {}
        if run.operator.multiple_outputs:
            return {_EFFECT: {"outputs": _outputs(value, attempt, run.cache)}}
        return {_EFFECT: {"length": len(value)}} if type(value) in (list, tuple) else {}
    except CodecError:
        return {}
    except Exception as error:
        emit(Failed(attempt.declaration.task, "", "keep its outputs one by one", error))
        return {}


def _shown(run: OperatorRun, result: Any, effects: Mapping[str, Any]) -> Any:
    """The result as Airflow may look into it; `_UNKNOWN` if it has to be the value."""
    if not (isinstance(result, Ref) and _is_looked_into(run.operator)):
        return result
    kept, cache = effects.get(_EFFECT, {}), run.cache
    if run.operator.multiple_outputs:
        outputs = {name: _output(held) for name, held in kept.get("outputs", {}).items()}
        there = bool(outputs) and all(_is_there(one, cache) for one in outputs.values())
        return Outputs(outputs, result) if there else _UNKNOWN
    return Elements(kept["length"], result, cache) if "length" in kept else _UNKNOWN


def _is_looked_into(operator: TakesRefs) -> bool:
    return bool(operator.multiple_outputs) or _compat.is_mapped_over(operator)


def _is_small(value: Any) -> bool:
    return fits(value, _SMALL) and is_plain(value)


def _is_there(output: Any, cache: Cache) -> bool:
    """Whether it can be read: a collection may have taken it, which leaves the whole alone."""
    if not isinstance(output, Ref):
        return True
    known = output.url == cache.store.url
    return known and sum(cache.store.size(name) or 0 for name in output.blobs) == output.size


def _outputs(value: Any, attempt: Attempt, cache: Cache) -> dict[str, Any]:
    if type(value) is not dict or len(value) > _MOST or set(map(type, value)) != {str}:
        raise CodecError("no outputs that have names", "return a dict of a few")
    return {name: _kept(name, held, attempt, cache) for name, held in value.items()}


def _kept(name: str, value: Any, attempt: Attempt, cache: Cache) -> dict[str, Any]:
    if _is_small(value):
        return {"plain": value}
    encoded = encode(value, trusted=attempt.entries.trusted)
    if encoded.identity is None:
        raise CodecError("it may come back as another", "return data")
    parts = (name.encode(), encoded.identity.raw)
    owner = Recipe(OWNER, (Component("xcom:output", combine("output", *parts), name),))
    return {"ref": cache.hand_over(owner, encoded, producer=attempt.producer).to_dict()}


def _output(kept: Mapping[str, Any]) -> Any:
    return kept["plain"] if "plain" in kept else Ref.from_dict(kept["ref"])
