"""What Airflow's configuration and connections make of a `cache=`, asked in a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["Vault", "meant", "write_provider"]

_PROVIDER = '''
"""A provider with a file system for S3, as those of the clouds have one."""

schemes = ["s3"]


def get_fs(conn_id, storage_options=None):
    from s3fs import S3FileSystem

    try:
        from airflow.sdk import BaseHook
    except ImportError:
        from airflow.hooks.base import BaseHook
    found = BaseHook.get_connection(conn_id)
    return S3FileSystem(key=found.login, secret=found.password, **found.extra_dejson)


def info():
    return {
        "package-name": "shop-files",
        "name": "Shop files",
        "description": "S3.",
        "versions": ["1.0"],
        "filesystems": ["shop.files"],
    }
'''


class Vault:
    """A secrets backend that knows one option of the configuration."""

    def __init__(self, keys: str) -> None:
        self._keys = keys

    def get_config(self, key: str) -> str | None:
        return self._keys if key == "shop/keys" else None


def write_provider(folder: Path) -> Path:
    """Lay out an installed package with a provider; the folder has to be on Python's path."""
    known = folder / "shop_files-1.0.dist-info"
    known.mkdir(parents=True)
    (folder / "shop").mkdir()
    (folder / "shop" / "files.py").write_text(_PROVIDER)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-files\nVersion: 1.0\n")
    (known / "entry_points.txt").write_text(
        "[apache_airflow_provider]\nprovider_info = shop.files:info\n"
    )
    return folder


def meant(*caches: Any) -> list[tuple[str, bool] | str]:
    """Of each `cache=` its place and whether it signs; or why there is no such one."""
    return [_meant(cache) for cache in caches]


def _meant(cache: Any) -> tuple[str, bool] | str:
    from orchestra_cache.airflow.connections import airflow_cache
    from orchestra_cache.errors import ConfigurationError, MissingExtraError

    try:
        made = airflow_cache(cache)
    except (ConfigurationError, MissingExtraError) as error:
        return str(error)
    return made.place, made._entries.seals.signed
