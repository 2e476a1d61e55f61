"""A small stand-in for a stored output, that can travel where the value is too large to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from orchestra_cache.errors import IntegrityError, OrchestraCacheError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.parts import Parts
from orchestra_cache.stores import Store, open_store
from orchestra_cache.stores.entry import Output, Part
from orchestra_cache.stores.layout import blob_name, check_namespace
from orchestra_cache.stores.seals import UNSIGNED, Seals, context_of

__all__ = ["Ref"]


@dataclass(frozen=True)
class Ref:
    """Says where an output is, and what it counts as: a Ref and its value give the same key.

    Attributes:
        url: Of the store.
        parts: Of the stored output, each as one text of plain words: codec, digest with size and,
            if it is packed, how and from how many bytes.
        fingerprint: Of the value, as text.
        type: Of the value, for people.
        made_of: The value's classes: their code counts where the Ref goes, as the value's would.
        seal: Shows who made the Ref, where the store's entries are signed.
    """

    url: str
    namespace: str
    parts: tuple[str, ...]
    fingerprint: str
    type: str
    made_of: tuple[str, ...] = ()
    seal: str = ""

    @classmethod
    def of(cls, output: Output, url: str, namespace: str) -> Ref:
        """A Ref to an output all of whose parts are blobs."""
        parts = tuple(map(_words, output.parts))
        return cls(url, namespace, parts, output.fingerprint, output.type, output.made_of)

    @property
    def size(self) -> int:
        """Bytes of the stored form."""
        return sum(Digest.parse(part.digest).size or 0 for part in self._parts)

    def load(self, store: Store | None = None, *, seals: Seals | None = None) -> Any:
        """Read the value.

        Args:
            store: Where to read, if the URL alone does not say how (credentials, trust).
            seals: Those of the reader's cache. If it has keys, one of them must have sealed this.

        Raises:
            StoreError: It is not there, not whole, or may not be decoded here.
        """
        store = store or open_store(self.url)
        trusted = store.trusted
        if seals is not None and seals.signed:
            self._check(seals)
            trusted = True
        return Parts(store, self._place, self.type).load(self._parts, {}, trusted=trusted)

    def sealed(self, seals: Seals) -> Ref:
        """This Ref with a seal, if there are keys.

        Raises:
            ReadOnlyError: There is none to sign with.
        """
        if not seals.signed:
            return self
        return replace(self, seal=" ".join(seals.seal(self._context, b"")))

    def _check(self, seals: Seals) -> None:
        # Whoever can change a Ref on its way could else have any value computed under any key.
        key_id, _, seal = self.seal.partition(" ")
        try:
            seals.check(key_id or UNSIGNED, seal, self._context, b"")
        except IntegrityError as error:
            raise IntegrityError(
                f"the Ref to a stored {self.type} is not used: {error.message}",
                "run the task that made it again, with the keys of this cache",
            ) from error

    @property
    def _context(self) -> bytes:
        texts = (self.url, self.namespace, self.fingerprint, self.type, str(len(self.parts)))
        return context_of("ref", *texts, *self.parts, *self.made_of)

    @property
    def blobs(self) -> list[str]:
        """The names of the stored bytes in the store."""
        return [blob_name(self._place, Digest.parse(part.digest)) for part in self._parts]

    @property
    def _place(self) -> str:
        if not check_namespace(self.namespace):
            raise IntegrityError(f"not a namespace: {self.namespace[:60]!r}", "refuse this Ref")
        return self.namespace

    @property
    def _parts(self) -> list[Part]:
        return [_part(words) for words in self.parts]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON fields, for wherever only those can go."""
        return {**asdict(self), "parts": list(self.parts), "made_of": list(self.made_of)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Ref:
        """Read what `to_dict` wrote.

        Raises:
            ValueError: It did not write this.
        """
        lists = {name: fields.get(name, ()) for name in ("parts", "made_of")}
        texts = {name: fields[name] for name in fields if name not in lists}
        known = set(texts) - {"seal"} == set(cls.__dataclass_fields__) - {*lists, "seal"}
        held = (*texts.values(), *lists["parts"], *lists["made_of"])
        if not known or not lists["parts"] or not all(isinstance(text, str) for text in held):
            raise ValueError("not the fields of a Ref")
        return cls(**texts, parts=tuple(lists["parts"]), made_of=tuple(lists["made_of"]))

    def __fingerprint__(self) -> Digest:
        return Digest.parse(self.fingerprint)

    @property
    def __fingerprint_classes__(self) -> tuple[str, ...]:
        return self.made_of

    def __fingerprint_shown__(self) -> str:
        return f"{self.type} {Digest.parse(self.fingerprint).hex[:8]}"

    def __repr__(self) -> str:
        digest = Digest.parse(self._parts[0].digest).hex
        return f"Ref({self.type}, {self.size} bytes, {digest[:12]})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RefError(
            f"a Ref has no attribute `{name}`: it stands for a stored {self.type}",
            "call `.load()` to get the value",
        )


def _words(part: Part) -> str:
    packing = f" {part.packing} {part.size}" if part.packing else ""
    return f"{part.codec} {part.digest}{packing}"


def _part(words: str) -> Part:
    try:
        codec, digest, *packing = words.split(" ")
        Digest.parse(digest)
        if not packing:
            return Part(digest, codec)
        name, size = packing
        return Part(digest, codec, packing=name, size=int(size))
    except ValueError as error:
        raise IntegrityError(f"not a part: {words[:60]!r}", "refuse this Ref") from error


class RefError(OrchestraCacheError, AttributeError):
    """A Ref was used as if it were the value it stands for."""
