"""Imports what a process that runs flows needs, before the processes are forked."""

from __future__ import annotations

import gc
from importlib import import_module

_MODULES = (
    "anyio._backends._asyncio",
    "fastapi.applications",
    "pandas",
    "prefect.client.orchestration",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
)

for module in _MODULES:
    import_module(module)
# What is here already is not looked through again in each of the processes.
gc.freeze()
