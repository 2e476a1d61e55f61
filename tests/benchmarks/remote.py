"""Rows of hits on an object store, beside one request of the library that others use."""

from __future__ import annotations

import atexit
import functools
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from orchestra_cache import Cache
from orchestra_cache.stores.layout import entry_name
from tests.benchmarks.hits import orders
from tests.benchmarks.rows import Bound, Row
from tests.integration.core.seaweed import started

__all__ = ["REMOTE", "server_options"]


@dataclass
class Lake:
    """A task whose result is on the server, and the bytes of its entry."""

    hit: Callable[[], object]
    get: Callable[[], object]


@functools.cache
def server_options() -> dict[str, Any]:
    """How to reach a server that is there as long as this process."""
    folder = tempfile.mkdtemp()
    server = started(Path(folder))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.close)
    return server.storage_options


def _lake(**more: Any) -> Callable[[float], Lake]:
    def make(scale: float) -> Lake:
        import s3fs

        options = {**server_options(), **more}
        cache = Cache("s3://tests/lake", storage_options=options, budget=timedelta(minutes=1))
        task = cache.memoize(orders)
        task("2026-01-02", 20, rate=0.25)
        recipe = task.recipe("2026-01-02", 20, rate=0.25)
        system = s3fs.S3FileSystem(**server_options())
        path = f"tests/lake/{entry_name('main', recipe.key)}"
        return Lake(
            lambda: task("2026-01-02", 20, rate=0.25),
            lambda: system.cat_file(path, start=0, end=1 << 16),
        )

    return make


def _row(name: str, **options: Any) -> Row:
    return Row(
        name,
        _lake(**options),
        lambda lake: lake.hit(),
        # Ours may take 1.3 times as long as one request alone.
        Bound(ratios={"s3fs GET": 1 / 1.3}),
        others=lambda lake: {"s3fs GET": lake.get},
        peers=False,
        rounds=25,
    )


# Where there is no server to start, there is nothing to measure.
_SERVER = (Path(sys.prefix) / "bin" / "weed").exists()
REMOTE = [_row("hit on S3"), _row("hit on S3 by s3fs", asynchronous=False)] if _SERVER else []
