"""The folder that everything in the demo happens in, so that the checkout stays as it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from flights.source import copy_data

# What of the caller's environment could change what the engines or the cache do.
FOREIGN = ("AIRFLOW", "FLIGHTS_", "ORCHESTRA_CACHE_", "PREFECT_", "PYTHON")

QUIET = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
}


@dataclass(frozen=True)
class Workspace:
    """A scratch copy of the pipeline with its data, its cache and both engines' state."""

    folder: Path

    def refresh(self, *, checkout: Path) -> None:
        """Delete what an earlier demo left behind, and copy code and data."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("cache", "logs", "plots", "runs"):
            (self.folder / name).mkdir(parents=True)
        for name in ("flows", "dags"):
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(checkout / name, self.folder / name, ignore=skipped)
        copy_data(self.folder / "data")

    def environment(self, engine: str) -> dict[str, str]:
        """Variables with which a process of `Prefect` or `Airflow` writes nowhere else."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(FOREIGN)}
        own = self._prefect() if engine == "Prefect" else self._airflow()
        url = {"ORCHESTRA_CACHE_CACHES__FLIGHTS__URL": str(self.folder / "cache")}
        return {**kept, **QUIET, **url, **own}

    def replace(self, file: str, *, before: str, after: str) -> None:
        """Edit a file in which `before` occurs once.

        Raises:
            ValueError: It does not: the pipeline is no longer what the scene was written for.
        """
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise ValueError(f"{file} has {before!r} {text.count(before)} times, and not once")
        path.write_text(text.replace(before, after), encoding="utf-8")

    def rewrite(self, file: str) -> None:
        """Put a new file with the same content in the place of a file."""
        path = self.folder / file
        new = path.with_suffix(".new")
        new.write_bytes(path.read_bytes())
        new.replace(path)

    def size(self, name: str) -> int:
        """Bytes of the files in a folder."""
        return sum(
            path.stat().st_size for path in (self.folder / name).rglob("*") if path.is_file()
        )

    def _prefect(self) -> dict[str, str]:
        return {
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            # The default of 20 s is short where other programs want the processor, too.
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "PYTHONPATH": str(self.folder / "flows"),
        }

    def _airflow(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__XCOM_BACKEND": "orchestra_cache.airflow.xcom.CacheXComBackend",
            "PYTHONPATH": os.pathsep.join(str(self.folder / name) for name in ("dags", "flows")),
        }
