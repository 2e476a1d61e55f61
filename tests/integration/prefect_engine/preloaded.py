"""Imports what a process that runs flows needs, before the processes are forked."""

from __future__ import annotations

import gc
from importlib import import_module
from importlib.util import find_spec

_MODULES = (
    "anyio._backends._asyncio",
    "encodings.idna",
    "fastapi.applications",
    "orchestra_cache.fingerprints.code.reaches",
    "orchestra_cache.fingerprints.code.uses",
    "orchestra_cache.fingerprints.code.watched",
    "orchestra_cache.leases.local",
    "orchestra_cache.prefect",
    "pandas",
    "prefect.client.orchestration",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "prefect_aws",
    "pydantic.v1",
    "rich._emoji_codes",
    "tests.integration.prefect_engine.recorded",
    "tests.integration.prefect_engine.running",
)

for module in _MODULES:
    # The collection is in one of the environments only.
    if find_spec(module.partition(".")[0]) is not None:
        import_module(module)
# What is here already is not looked through again in each of the processes.
gc.freeze()
