"""What Airflow asks about this package while it starts; imports nothing."""

from __future__ import annotations

__all__ = ["get_provider_info"]


_SECTION = "Where results are kept, and which tasks keep them."


def _option(description: str, *, example: str | None = None, sensitive: bool = False) -> object:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": "string",
        "example": example,
        "default": None,
        "sensitive": sensitive,
    }


# Without a default, what is not set can be told from what is.
_OPTIONS = (
    (
        "cache",
        _option(
            "The cache of tasks that name none: a name from the settings of orchestra_cache, a "
            "path or URL, or a URL with a connection.",
            example="s3://aws_default@bucket/prefix",
        ),
    ),
    (
        "keys",
        _option(
            "What is signed and checked with, wherever a path or URL names the cache: texts or "
            "files of `orchestra-cache keygen`, with spaces between them.",
            sensitive=True,
        ),
    ),
    (
        "on_clear",
        _option(
            "What a task does that a person cleared and that does not say it itself: `refresh`, "
            "which is what happens without this, or `reuse`.",
            example="reuse",
        ),
    ),
    (
        "xcom_cache",
        _option("The cache of large values in XCom, if that is not `cache`.", example="lake"),
    ),
    (
        "xcom_threshold",
        _option(
            "Bytes from which on a value in XCom is large: 65536 without this; -1 is never.",
            example="1048576",
        ),
    ),
    (
        "policy_operators",
        _option(
            "Operators that are cached without a change to their DAGs, in the DAGs that "
            "`policy_dags` or `policy_tags` name: patterns of classes, with spaces between them.",
            example="BashOperator @task",
        ),
    ),
    (
        "policy_dags",
        _option("Those DAGs: patterns of their ids, with spaces between them.", example="shop_*"),
    ),
    (
        "policy_tags",
        _option("Those DAGs: tags of theirs, with spaces between them.", example="cached"),
    ),
)


def get_provider_info() -> dict[str, object]:
    """Describe the provider in the terms of Airflow's provider schema."""
    return {
        "config": {"orchestra_cache": {"description": _SECTION, "options": dict(_OPTIONS)}},
        "extra-links": ["orchestra_cache.airflow.link.CachedFromLink"],
        "package-name": "orchestra-cache",
        "name": "Orchestra Cache",
        "description": "Task-output caching keyed by code, parameters and data.",
        "versions": ["0.1.0"],
        "task-decorators": [
            {"name": name, "class-name": f"orchestra_cache.airflow.{function}"}
            for name, function in (
                ("cached", "decorators.cached_task"),
                ("cached_bash", "bash.cached_bash"),
                ("cached_branch", "decorators.cached_branch"),
                ("cached_external_python", "decorators.cached_external_python"),
                ("cached_short_circuit", "decorators.cached_short_circuit"),
                ("cached_virtualenv", "decorators.cached_virtualenv"),
            )
        ],
    }
