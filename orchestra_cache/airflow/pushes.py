"""What a task pushes to XCom: which values go to the store instead, and to which."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestra_cache.airflow._compat.configuration import setting
from orchestra_cache.airflow.refs import MARK
from orchestra_cache.airflow.sizes import fits, keeps_keys

if TYPE_CHECKING:
    from orchestra_cache.cache import Cache
    from orchestra_cache.fingerprints.recipe import Recipe
    from orchestra_cache.outputs import Encoded

__all__ = ["Push", "row_for", "xcom_cache"]

# As large as what an entry does not hold itself.
_THRESHOLD = 64 * 1024


class Push(NamedTuple):
    """Where a value is pushed to."""

    key: str | None
    task_id: str | None
    dag_id: str | None
    run_id: str | None
    map_index: int | None

    def __str__(self) -> str:
        mapped = self.map_index is not None and self.map_index >= 0
        return f"{self.dag_id}/{self.run_id}/{self.task_id}" + f"[{self.map_index}]" * mapped


def row_for(value: object, push: Push) -> Any:
    """What Airflow is to write down: the value, or the row of one that is in the store."""
    if fits(value, _THRESHOLD) and not (type(value) is dict and MARK in value):
        # Most are: nothing more is imported for them, unless less is to be large.
        limit = _threshold()
        if limit < 0 or fits(value, limit):
            return value
    from orchestra_cache.airflow.rows import is_row, to_row
    from orchestra_cache.airflow.standins import Elements, Outputs
    from orchestra_cache.ref import Ref

    if isinstance(value, (Elements, Outputs)):
        value = value.whole
    if isinstance(value, Ref) or is_row(value):
        return to_row(value, str(push))
    row = _kept(value, push)
    return value if row is None else row


def xcom_cache() -> Cache | None:
    """The cache for values of tasks that have none; None if nobody has named one.

    Nobody has named the folder in a user's home: another worker would not find it.

    Raises:
        ConfigurationError: There is no such cache.
    """
    from orchestra_cache.airflow.connections import configured_cache

    return configured_cache("xcom_cache")


def _kept(value: object, push: Push) -> Any:
    """The row of a large value, once it is in the store; None if Airflow keeps it as it would."""
    from orchestra_cache.airflow.rows import OWNER, to_row
    from orchestra_cache.errors import CodecError
    from orchestra_cache.events import Failed, emit

    try:
        cache, limit = xcom_cache(), _threshold()
        if cache is None or limit < 0 or None in push:
            return None
        encoded = _encoded(value, limit)
        if encoded is None:
            return None
        owner = _owner(push)
        ref = cache.hand_over(owner, encoded, producer=f"Airflow {push}")
        return to_row(ref, str(push), owner.key.hex)
    except CodecError:
        return None
    except Exception as error:
        emit(Failed(OWNER, "", f"keep what {push} pushes", error))
        return None


def _encoded(value: object, limit: int) -> Encoded | None:
    from orchestra_cache.outputs import encode

    if fits(value, limit) or not keeps_keys(value):
        return None
    # Whoever may push may not have code run where it is pulled: Airflow itself asks for more.
    encoded = encode(value, trusted=False)
    return encoded if encoded.exact and encoded.size > limit else None


def _owner(push: Push) -> Recipe:
    from orchestra_cache.airflow.rows import OWNER
    from orchestra_cache.fingerprints.digest import combine
    from orchestra_cache.fingerprints.recipe import Component, Recipe

    parts = [
        Component(f"xcom:{name}", combine("xcom", str(given).encode()), str(given))
        for name, given in push._asdict().items()
    ]
    # Each push has its own: it goes with its row, and with no other.
    once = Component("xcom:push", combine("xcom", uuid.uuid4().bytes))
    return Recipe(OWNER, (*parts, once))


def _threshold() -> int:
    """Bytes from which on a value is large; negative if none is."""
    try:
        given = setting("xcom_threshold")
        return int(given) if given else _THRESHOLD
    except ValueError as error:
        from orchestra_cache.airflow.rows import OWNER
        from orchestra_cache.events import Failed, emit

        emit(Failed(OWNER, "", "read [orchestra_cache] xcom_threshold, a number of bytes", error))
        return _THRESHOLD
