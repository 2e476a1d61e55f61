"""A small stand-in for a stored output, that can travel where the value is too large to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from orchestra_cache.errors import IntegrityError, OrchestraCacheError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.outputs import decode
from orchestra_cache.stores import Store, open_store
from orchestra_cache.stores.layout import blob_name, check_namespace

__all__ = ["Ref"]


@dataclass(frozen=True)
class Ref:
    """Says where an output is, and what it counts as: a Ref and its value give the same key.

    Attributes:
        url: Of the store.
        digest: Of the stored bytes, with their size, as text.
        fingerprint: Of the value, as text.
        type: Of the value, for people.
        made_of: The value's classes: their code counts where the Ref goes, as the value's would.
    """

    url: str
    namespace: str
    digest: str
    codec: str
    fingerprint: str
    type: str
    made_of: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the stored form."""
        return Digest.parse(self.digest).size or 0

    def load(self, store: Store | None = None) -> Any:
        """Read the value.

        Args:
            store: Where to read, if the URL alone does not say how (credentials, trust).

        Raises:
            StoreError: It is not there, not whole, or may not be decoded here.
        """
        store = store or open_store(self.url)
        stored = store.get(self.blob)
        if stored is None:
            raise IntegrityError(
                f"the stored {self.type} is gone from {self.url}", "run the task that made it again"
            )
        return decode(stored.data, Digest.parse(self.digest), self.codec, trusted=store.trusted)

    @property
    def blob(self) -> str:
        """The name of the stored bytes in the store."""
        if not check_namespace(self.namespace):
            raise IntegrityError(f"not a namespace: {self.namespace[:60]!r}", "refuse this Ref")
        return blob_name(self.namespace, Digest.parse(self.digest))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON fields, for wherever only those can go."""
        return {**asdict(self), "made_of": list(self.made_of)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Ref:
        """Read what `to_dict` wrote.

        Raises:
            ValueError: It did not write this.
        """
        classes = fields.get("made_of", ())
        texts = {name: fields[name] for name in fields if name != "made_of"}
        known = set(texts) == set(cls.__dataclass_fields__) - {"made_of"}
        if not known or not all(isinstance(text, str) for text in (*texts.values(), *classes)):
            raise ValueError("not the fields of a Ref")
        return cls(**texts, made_of=tuple(classes))

    def __fingerprint__(self) -> Digest:
        return Digest.parse(self.fingerprint)

    @property
    def __fingerprint_classes__(self) -> tuple[str, ...]:
        return self.made_of

    def __repr__(self) -> str:
        return f"Ref({self.type}, {self.size} bytes, {Digest.parse(self.digest).hex[:12]})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RefError(
            f"a Ref has no attribute `{name}`: it stands for a stored {self.type}",
            "call `.load()` to get the value",
        )


class RefError(OrchestraCacheError, AttributeError):
    """A Ref was used as if it were the value it stands for."""
