"""Which task of Airflow made what a hit found, and where a person finds that task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestra_cache.airflow._compat import telling as _compat

__all__ = ["SUMMARY", "CachedFromLink", "url_of_producer"]

# The XCom that says what the cache did for a task.
SUMMARY = "orchestra_cache"

_PRODUCER = re.compile(r"Airflow ([^/]+)/(.+)/([^/\[]+)(?:\[(\d+)\])?")


class CachedFromLink(_compat.BaseOperatorLink):  # type: ignore[misc]
    """A button at a task that was a hit; at all others there is nothing behind it.

    Airflow 3 asks for it in the worker when the task has ended, Airflow 2 in its web server.
    """

    name = "Cached from"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        known = getattr(operator, "cached_from", None)
        return known or url_of_producer(_compat.pulled(ti_key, SUMMARY))


def url_of_producer(summary: object) -> str:
    """The page of the task instance that a summary's hit was made by; empty if it was no other's.

    What Prefect or plain Python made has no page here.
    """
    if not isinstance(summary, Mapping) or summary.get("outcome") != "hit":
        return ""
    found = _PRODUCER.fullmatch(str(summary.get("producer")))
    if found is None:
        return ""
    dag, run, task, index = found.groups()
    return _compat.task_url(dag, run, task, -1 if index is None else int(index))
