"""Lake tables as datasets: by the version or snapshot that a read would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestra_cache.datasets import evidence
from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.datasets.templates import Templated
from orchestra_cache.errors import DatasetError, MissingExtraError

__all__ = ["DeltaTable", "IcebergTable"]


@dataclass(frozen=True)
class DeltaTable(Templated):
    """A Delta table: its id and version. Its files are not looked at.

    Args:
        url: A path or URL; `{name}` and `{name:format}` take the task's parameters.
        storage_options: What `deltalake` needs to reach it. Not part of any key.
    """

    url: str
    storage_options: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def version(self) -> DataVersion:
        """Read the table's log now.

        Raises:
            DatasetError: There is no table.
        """
        try:
            import deltalake
        except ImportError as error:
            raise MissingExtraError("deltalake", "delta") from error
        url = self.place
        try:
            table = deltalake.DeltaTable(url, storage_options=dict(self.storage_options))
            return DataVersion("delta-version", f"{table.metadata().id}@{table.version()}")
        except Exception as error:
            raise DatasetError(
                f"dataset {url} is no Delta table: {error}", "write it before the task runs"
            ) from error


@dataclass(frozen=True)
class IcebergTable(Templated):
    """An Iceberg table: its id, current snapshot and schema.

    Args:
        table: `namespace.table`; `{name}` takes the task's parameters.
        catalog: A catalog's name in pyiceberg's settings, or a function that returns a catalog.
    """

    _template = "table"

    table: str
    catalog: str | Callable[[], Any] = "default"

    def version(self) -> DataVersion:
        """Ask the catalog now.

        Raises:
            DatasetError: There is no table, or nothing was ever written to it.
        """
        table = self.place
        try:
            found = self._catalog().load_table(table)
            snapshot = found.current_snapshot()
        except MissingExtraError:
            raise
        except Exception as error:
            raise evidence.missing(table, error) from error
        if snapshot is None:
            raise DatasetError(f"dataset {table} has no snapshot", "write to it first")
        # A column is renamed without a new snapshot.
        state = f"{snapshot.snapshot_id}, schema {found.metadata.current_schema_id}"
        return DataVersion("snapshot", f"{found.metadata.table_uuid}@{state}")

    def _catalog(self) -> Any:
        if callable(self.catalog):
            return self.catalog()
        try:
            from pyiceberg.catalog import load_catalog
        except ImportError as error:
            raise MissingExtraError("pyiceberg", "iceberg") from error
        return load_catalog(self.catalog)
