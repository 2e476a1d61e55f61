"""What Airflow is configured with, and the file systems that its connections lead to."""

from __future__ import annotations

from typing import Any

from orchestra_cache.errors import ConfigurationError

__all__ = ["file_system", "secret_setting", "setting"]

# The XCom backend asks, which Airflow imports while it is still being imported itself.

_SECTION = "orchestra_cache"


def setting(name: str) -> str:
    """What Airflow's configuration says in `[orchestra_cache]`; nothing if it says nothing.

    Raises:
        ConfigurationError: It cannot be read: Airflow takes a `%` for the beginning of something.
    """
    try:
        return str(_conf().get(_SECTION, name, fallback="") or "").strip()
    except Exception as error:
        raise ConfigurationError(
            f"[{_SECTION}] {name} of Airflow's configuration cannot be read: {error}",
            "correct it there; a `%` is written `%%`",
        ) from error


def secret_setting(name: str) -> str:
    """The same of what a command or a secrets backend may say.

    Raises:
        LookupError: One of them is to say it, and says nothing.
    """
    _learn_what_is_secret()
    value = setting(name)
    asked = [how for how in ("cmd", "secret") if _conf().has_option(_SECTION, f"{name}_{how}")]
    if asked and not value:
        raise LookupError(f"[{_SECTION}] {name}_{asked[0]} is set and gives nothing")
    return value


def file_system(url: str) -> Any:
    """What `ObjectStoragePath` reads a URL with; a connection that it names is asked for."""
    try:
        from airflow.sdk import ObjectStoragePath
    except ImportError:
        from airflow.io.path import ObjectStoragePath
    return ObjectStoragePath(url).fs


def _learn_what_is_secret() -> None:
    """Have Airflow 2 read what providers say of their options: it may not have done so by now."""
    try:
        import airflow.sdk.configuration  # noqa: F401
    except ImportError:
        from airflow.providers_manager import ProvidersManager

        ProvidersManager().initialize_providers_configuration()


def _conf() -> Any:
    try:
        from airflow.sdk.configuration import conf
    except ImportError:
        from airflow.configuration import conf
    return conf
