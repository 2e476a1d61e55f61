"""What an XCom row says of a value that lies in the store."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from orchestra_cache.airflow.refs import MARK
from orchestra_cache.errors import CodecError, ForeignError, IntegrityError, OrchestraCacheError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.ref import Ref
from orchestra_cache.stores import Store
from orchestra_cache.stores.seals import Seals

__all__ = ["OWNER", "RowRef", "from_row", "is_row", "to_row"]

# What the values of rows are kept under; no function is called so.
OWNER = "Airflow XCom"

_PLAIN = "plain"
_REF = tuple(field.name for field in fields(Ref))


@dataclass(frozen=True, repr=False)
class RowRef(Ref):
    """A Ref that came out of a row, and says which task to run again if its value is gone.

    Attributes:
        pushed_by: That task instance, as `dag/run/task[3]`.
        owner: The digest of what keeps the value for this row alone; empty if its entry does.
    """

    pushed_by: str = ""
    owner: str = ""

    def load(self, store: Store | None = None, *, seals: Seals | None = None) -> Any:
        """Read the value; the terms and errors are those of `Ref.load`."""
        try:
            return super().load(store, seals=seals)
        except OrchestraCacheError as error:
            error.message = f"what {self.pushed_by} pushed to XCom is not read: {error.message}"
            damaged = isinstance(error, (IntegrityError, CodecError))
            if damaged and not isinstance(error, ForeignError):
                error.hint = f"clear the task {self.pushed_by}: it runs again and pushes it anew"
            raise

    def to_dict(self) -> dict[str, Any]:
        """The fields of a Ref alone: what came with the row is of this row."""
        return {name: given for name, given in super().to_dict().items() if name in _REF}


def to_row(value: object, pushed_by: str, owner: str = "") -> Any:
    """What to give to Airflow for a value: the row of a Ref, which a person can read; or the value.

    Args:
        owner: What keeps the value for this row alone.
    """
    if not isinstance(value, Ref):
        return {MARK: {_PLAIN: value}} if is_row(value) else value
    if isinstance(value, RowRef):
        # It was received and is passed on: who made it can make it again, and nobody else.
        pushed_by = value.pushed_by
    ref = value.to_dict()
    digest = Digest.parse(ref["parts"][0].split(" ")[1])
    shown = {
        "uri": f"{value.url.rstrip('/')}/{value.blobs[0]}",
        "digest": str(Digest(digest.raw)),
        "size": value.size,
        "type": value.type,
        "pushed_by": pushed_by,
    }
    return {MARK: {**shown, **({"owner": owner} if owner else {}), **ref}}


def is_row(value: object) -> bool:
    """Whether something looks like a row of ours."""
    return type(value) is dict and value.keys() == {MARK}


def from_row(row: dict[str, Any]) -> Any:
    """Read what `to_row` made: a Ref, or a value that only looked like a row.

    Raises:
        IntegrityError: It did not make this.
    """
    held = row[MARK]
    if isinstance(held, dict) and held.keys() == {_PLAIN}:
        return held[_PLAIN]
    try:
        ref = Ref.from_dict({name: held[name] for name in _REF if name in held})
        more = [str(held.get(name, "")) for name in ("pushed_by", "owner")]
        return RowRef(**asdict(ref), pushed_by=more[0] or "a task", owner=more[1])
    except (AttributeError, TypeError, ValueError) as error:
        raise IntegrityError(
            "an XCom row has the mark of orchestra_cache and not its fields",
            "update orchestra_cache here, or clear the task that pushed it",
        ) from error
