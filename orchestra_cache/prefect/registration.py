"""How a Prefect server comes to know the block type."""

from __future__ import annotations

from prefect.settings import PREFECT_API_URL

from orchestra_cache.errors import ConfigurationError, StoreError
from orchestra_cache.place import shown_place
from orchestra_cache.prefect.block import OrchestraStorage

__all__ = ["register"]


def register() -> str:
    """Register the block type with the server of the active profile; as often as one likes.

    Returns:
        The server's address.

    Raises:
        ConfigurationError: The profile names no server.
        StoreError: The server does not answer, or refuses.
    """
    api = PREFECT_API_URL.value()
    if not api:
        raise ConfigurationError(
            "the active profile of Prefect names no server",
            "`prefect server start`, and `prefect config set PREFECT_API_URL=…` as it says",
        )
    try:
        OrchestraStorage.register_type_and_schema(_sync=True)
    except Exception as error:
        raise StoreError(
            f"Prefect's server at {shown_place(api)} does not take it:\n{_said(error)}",
            "start it, or correct PREFECT_API_URL with `prefect config set`",
        ) from error
    return shown_place(api)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ").partition("\n")[0]
