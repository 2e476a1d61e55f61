"""Which way leads to a URL: the library of its object store, or any file system of fsspec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

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
Defaults: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]

_EXTRAS = {"s3": "s3", "gcs": "gcs", "azure": "azure"}


def is_atomic(url: str) -> bool:
    """Whether what lies there has conditional writes, which no file system of fsspec promises."""
    return url.partition("://")[0].lower() in (*_LIBRARIES, "memory")


def open_transport(url: str, options: Mapping[str, Any]) -> Transport:
    """Open a URL. Sessions and threads belong to this process and do not survive a fork.

    Among the options of fsspec, `filesystem` is one of ours: it returns a file system that is
    open, and the URL is read in the same way.

    Raises:
        MissingExtraError: The library for the URL is not installed.
    """
    scheme, _, rest = url.partition("://")
    module, kind = _LIBRARIES.get(scheme.lower(), ("plain", "PlainTransport"))

    def library() -> Transport:
        transport = getattr(import_module(f"{__name__}.{module}"), kind)
        system, root = _file_system(url, transport.defaults, options, module)
        return transport(system, root)  # type: ignore[no-any-return]

    if "filesystem" in options:
        return library()
    from orchestra_cache.stores.transports import fast

    return fast.over(module, rest, options, library) or library()


def _file_system(
    url: str, defaults: Defaults, options: Mapping[str, Any], module: str
) -> tuple[Any, str]:
    import fsspec

    # A listing that is kept would hide what others write.
    fresh = {"use_listings_cache": False, "skip_instance_cache": True}
    opened = options["filesystem"]() if "filesystem" in options else None
    try:
        if opened is not None:
            # Another one that is reached as it is: what we change of it is not seen by its users.
            kind, terms = type(opened), defaults(opened.storage_options)
            system = kind(*opened.storage_args, **{**terms, **fresh})
            return system, str(kind._strip_protocol(url)).rstrip("/")
        system, root = fsspec.core.url_to_fs(url, **{**fresh, **defaults(options)})
    except ImportError as error:
        scheme = url.partition("://")[0]
        raise MissingExtraError(
            f"the fsspec file system for {scheme}", _EXTRAS.get(module, scheme)
        ) from error
    return system, root.rstrip("/")
