"""Imports what a process that runs DAGs needs, before the processes are forked."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from importlib import import_module

from sqlalchemy.orm import configure_mappers

_MODULES = (
    "a2wsgi",
    "airflow.__main__",
    "airflow.cli.commands.dag_command",
    "airflow.dag_processing.dagbag",
    "airflow.migrations.utils",
    "airflow.models.dagbag",
    "airflow.operators.python",
    "airflow.providers.standard.decorators.python",
    "airflow.providers.standard.sensors.external_task",
    "airflow.sdk.definitions.decorators.task_group",
    "alembic.command",
    "anyio._backends._asyncio",
    "pandas",
)


def _import_those_there_are() -> None:
    for module in _MODULES:
        with suppress(ImportError):
            import_module(module)


def _build_api() -> None:
    """Airflow 3 runs a task against its API, which takes seconds to build."""
    try:
        from airflow.sdk.execution_time.supervisor import in_process_api_server
    except ImportError:
        return
    import httpx

    async def ask() -> None:
        transport = in_process_api_server().atransport
        async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
            await client.get("/")

    asyncio.run(ask())


_import_those_there_are()
configure_mappers()
_build_api()
# What is here already is not looked through again in each of the processes.
gc.freeze()
