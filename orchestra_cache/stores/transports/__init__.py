"""Which way leads to a URL: the library of its object store, or any file system of fsspec."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from orchestra_cache.errors import MissingExtraError
from orchestra_cache.stores.transports.base import Transport

__all__ = ["is_atomic", "open_transport"]

_LIBRARIES = {
    "s3": ("s3", "S3Transport"),
    "s3a": ("s3", "S3Transport"),
    "gs": ("gcs", "GcsTransport"),
    "gcs": ("gcs", "GcsTransport"),
    "abfs": ("azure", "AzureTransport"),
    "abfss": ("azure", "AzureTransport"),
    "az": ("azure", "AzureTransport"),
}
_EXTRAS = {"s3": "s3", "gcs": "gcs", "azure": "azure"}


def is_atomic(url: str) -> bool:
    """Whether what lies there has conditional writes, which no file system of fsspec promises."""
    return url.partition("://")[0].lower() in (*_LIBRARIES, "memory")


def open_transport(url: str, options: Mapping[str, Any]) -> Transport:
    """Open a URL. Sessions and threads belong to this process and do not survive a fork.

    Raises:
        MissingExtraError: The library for the URL is not installed.
    """
    scheme, _, rest = url.partition("://")
    module, kind = _LIBRARIES.get(scheme.lower(), ("plain", "PlainTransport"))

    def library() -> Transport:
        transport = getattr(import_module(f"{__name__}.{module}"), kind)
        system, root = _file_system(url, transport.defaults(options), module)
        return transport(system, root)  # type: ignore[no-any-return]

    from orchestra_cache.stores.transports import fast

    return fast.over(module, rest, options, library) or library()


def _file_system(url: str, options: Mapping[str, Any], module: str) -> tuple[Any, str]:
    import fsspec

    try:
        # A listing that is kept would hide what others write.
        system, root = fsspec.core.url_to_fs(
            url, **{"use_listings_cache": False, "skip_instance_cache": True, **options}
        )
    except ImportError as error:
        scheme = url.partition("://")[0]
        raise MissingExtraError(
            f"the fsspec file system for {scheme}", _EXTRAS.get(module, scheme)
        ) from error
    return system, root.rstrip("/")
