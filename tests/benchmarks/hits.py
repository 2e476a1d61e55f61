"""Rows of small hits: a call of a task whose result is known, through the whole of the cache."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestra_cache import Cache
from tests.benchmarks.rows import Bound, Row

__all__ = ["HITS"]


def orders(day: str, limit: int = 100, rate: float = 0.5) -> dict[str, float]:
    return {f"{day} {number}": number * rate for number in range(min(limit, 10))}


@dataclass
class Hitting:
    """A task in our cache and in others', called before, so that from now on all are hits."""

    folder: tempfile.TemporaryDirectory[str]
    ours: Callable[[], object]
    others: dict[str, Callable[[], object]]


def _hitting(**terms: Any) -> Callable[[float], Hitting]:
    def make(scale: float) -> Hitting:
        folder = tempfile.TemporaryDirectory()
        # Away from the cache: keys that lie in it are not taken.
        keys = [_key(Path(folder.name))] if terms.get("signed") else None
        memory = terms.get("memory", 0)
        task = Cache(Path(folder.name, "ours"), memory=memory, keys=keys).memoize(orders)
        plain = Cache(Path(folder.name, "plain"), memory=memory).memoize(orders)
        others = {name: make(folder.name) for name, make in _PEERS.items()}
        if terms.get("signed"):
            others = {"unsigned": plain}
        calls = {name: _call(function) for name, function in others.items() if function}
        for call in calls.values():
            call()
        task("2026-01-02", 20, rate=0.25)
        return Hitting(folder, _call(task), calls)

    return make


def _call(function: Callable[..., object]) -> Callable[[], object]:
    return lambda: function("2026-01-02", 20, rate=0.25)


def _key(folder: Path) -> Path:
    from orchestra_cache.keys import new_hmac_key

    file = folder / "key"
    file.write_text(new_hmac_key())
    file.chmod(0o600)
    return file


def _joblib(folder: str) -> Any:
    try:
        import joblib
    except ImportError:
        return None
    return joblib.Memory(Path(folder, "joblib"), verbose=0).cache(orders)


def _diskcache(folder: str) -> Any:
    try:
        import diskcache
    except ImportError:
        return None
    return diskcache.Cache(str(Path(folder, "diskcache"))).memoize()(orders)


_PEERS: dict[str, Callable[[str], Any]] = {"joblib.Memory": _joblib, "diskcache": _diskcache}


def _row(name: str, bound: Bound, **terms: Any) -> Row:
    return Row(
        name,
        _hitting(**terms),
        lambda hitting: hitting.ours(),
        bound,
        others=lambda hitting: hitting.others,
        peers=False,
    )


HITS = [
    _row("hit in memory", Bound(seconds=5e-6), memory=1 << 20),
    _row("hit on disk", Bound(ratios={"diskcache": 1, "joblib.Memory": 5})),
    _row("hit on disk, HMAC", Bound(added={"unsigned": 5e-6}), signed=True),
]
