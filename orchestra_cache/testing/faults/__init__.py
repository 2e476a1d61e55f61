"""What can go wrong with a store, done on purpose and at a chosen operation.

```python
plan = Plan()
cache_store = FaultyStore(LocalStore(folder), plan)
plan.add(fail(), operation="put", at=2)     # the second put from now on
```
A plan counts operations from the moment a fault is added, so that a test does the same each time.
`FaultyFileSystem` does it to any file system of fsspec, also by URL:
`fsspec.open("faulty://…", target_protocol="memory", plan=plan)`.
"""

from __future__ import annotations

from orchestra_cache.testing.faults.effects import (
    delay,
    fail,
    fill,
    late,
    skew,
    throttle,
    truncate,
    twice,
    unconfirmed,
)
from orchestra_cache.testing.faults.file_systems import FaultyFileSystem
from orchestra_cache.testing.faults.plan import Call, Effect, Plan
from orchestra_cache.testing.faults.stores import FaultyStore

__all__ = [
    "Call",
    "Effect",
    "FaultyFileSystem",
    "FaultyStore",
    "Plan",
    "delay",
    "fail",
    "fill",
    "late",
    "skew",
    "throttle",
    "truncate",
    "twice",
    "unconfirmed",
]
