"""Blocks on the server of the run, and what the server says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL, temporary_settings

from orchestra_cache.prefect import OrchestraStorage

__all__ = ["Saved"]


@dataclass(frozen=True)
class Saved:
    """Saves blocks; `url` is that of those that have no other."""

    api: str
    url: Path

    def __call__(self, **fields: Any) -> str:
        """The name of a new block with these fields."""
        name = f"lake-{uuid4().hex[:8]}"
        with self.server():
            OrchestraStorage(**{"url": str(self.url), **fields}).save(name, _sync=True)
        return name

    def as_pages_do(self, **data: Any) -> str:
        """The name of a new block that was filled in by hand, and of which no class knows yet."""
        name = f"lake-{uuid4().hex[:8]}"
        with SyncPrefectClient(self.api) as client:
            kind = client.read_block_type_by_slug("orchestra-cache").id
            filters = {"block_schemas": {"block_type_id": {"any_": [str(kind)]}}}
            schema = client.request("POST", "/block_schemas/filter", json=filters).json()[0]["id"]
            block = {
                "name": name,
                "data": {"url": str(self.url), **data},
                "block_schema_id": schema,
                "block_type_id": str(kind),
            }
            client.request("POST", "/block_documents/", json=block).raise_for_status()
        return name

    @contextmanager
    def server(self) -> Iterator[None]:
        """What is saved and loaded in here is on the server."""
        with temporary_settings({PREFECT_API_URL: self.api}):
            yield

    def shown(self) -> str:
        """All blocks, as the server shows them."""
        with SyncPrefectClient(self.api) as client:
            return client.request("POST", "/block_documents/filter", json={}).text

    def block_type(self, slug: str) -> dict[str, Any]:
        with SyncPrefectClient(self.api) as client:
            return client.read_block_type_by_slug(slug).model_dump(mode="json")
