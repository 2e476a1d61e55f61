"""An XCom backend that keeps large outputs out of the metadata database.

A cached task's output stays where the cache has it, and its row holds a Ref. A cached task that
receives it is given the Ref, and reads the value only if it runs; any other task is given the
value. Set `[core] xcom_backend = orchestra_cache.airflow.xcom.CacheXComBackend`.
"""

from __future__ import annotations

from typing import Any

from orchestra_cache.airflow._compat.xcom import BaseXCom
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.ref import Ref

__all__ = ["CacheXComBackend"]

_MARK = "__orchestra_cache_ref__"


class CacheXComBackend(BaseXCom):  # type: ignore[misc]
    """Stores Refs as small plain dicts, everything else as Airflow does."""

    @staticmethod
    def serialize_value(value: Any, **place: Any) -> Any:
        row = {_MARK: value.to_dict()} if isinstance(value, Ref) else value
        return BaseXCom.serialize_value(row, **place)

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        value = BaseXCom.deserialize_value(result)
        if not isinstance(value, dict) or value.keys() != {_MARK}:
            return value
        ref = Ref.from_dict(value[_MARK])
        if wants_refs.get():
            return ref
        # Airflow imports this module while it is still being imported itself.
        from orchestra_cache.settings import read_ref

        return read_ref(ref)
