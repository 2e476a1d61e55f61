"""How the parts of an output lie in a store: small ones in their entry, others as blobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from orchestra_cache.codecs import HARMLESS, Pieces
from orchestra_cache.errors import IntegrityError
from orchestra_cache.fingerprints.digest import (
    ALGORITHM,
    Buffer,
    Digest,
    Hasher,
    combine,
    hex_of,
)
from orchestra_cache.outputs import Coded, Encoded, decode, decoded
from orchestra_cache.packing import best_packing, packed, unpacked
from orchestra_cache.stores import Store
from orchestra_cache.stores.entry import INLINE_LIMIT, Output, Part
from orchestra_cache.stores.holds import hold
from orchestra_cache.stores.layout import blob_name

__all__ = ["Parts", "Saved"]

# While so many bytes are on their way, other cores take the fingerprint of the value.
_LONG = 1 << 23


@dataclass(frozen=True, slots=True)
class Saved:
    """An output whose blobs are written.

    Attributes:
        inline: The bytes of the parts that its entry is to hold.
        size: Of all parts, in bytes.
    """

    output: Output
    inline: Mapping[int, bytes]
    size: int


class Parts(msgspec.Struct, frozen=True):
    """The parts in one namespace of a store. Every method raises `StoreError` if that fails.

    Attributes:
        what: They are parts of, for messages.
    """

    store: Store
    namespace: str
    what: str = "output"

    def save(self, encoded: Encoded, *, room: int = INLINE_LIMIT) -> Saved:
        """Write the blobs of an output, smaller than they are if that shortens their way.

        Args:
            room: Bytes of small parts that the entry holds itself; -1 makes a blob of every part.
        """
        parts: list[Part] = []
        inline: dict[int, bytes] = {}
        for number, coded in enumerate(encoded.parts):
            part, pieces = self._packed(coded)
            digest = Digest.parse(part.digest)
            size = digest.size or 0
            if size <= room:
                inline[number] = b"".join(pieces)
                part = msgspec.structs.replace(part, inline=True)
                room -= size
            else:
                if encoded.exact and size >= _LONG:
                    encoded.whole.begin()
                self._put(digest, pieces)
            parts.append(part)
        fingerprint = encoded.identity or _counted(encoded, parts)
        output = Output(str(fingerprint), encoded.type, encoded.whole.made_of, tuple(parts))
        return Saved(output, inline, sum(Digest.parse(part.digest).size or 0 for part in parts))

    def _packed(self, coded: Coded) -> tuple[Part, Pieces]:
        packing = "" if self.store.local else best_packing(coded.pieces)
        if not packing:
            return Part(str(_digest(coded.pieces)), coded.codec), coded.pieces
        pieces = packed(coded.pieces, packing)
        return Part(str(_digest(pieces)), coded.codec, False, packing, coded.size), pieces

    def load(
        self,
        parts: Sequence[Part],
        inline: Mapping[int, memoryview],
        *,
        trusted: bool,
        copies: dict[int, bytes] | None = None,
    ) -> object:
        """Read the value of an output.

        Args:
            copies: Takes a copy of the bytes of each part.

        Raises:
            IntegrityError: A part is gone, or not what was stored: then it is removed.
            ForeignError: It may not, or cannot, be decoded here.
            CodecError: The parts do not decode.
        """
        root = parts[0]
        if copies is None and root.codec in HARMLESS:
            # The usual case: one part, and nothing in it that leads to another.
            return decoded(root.codec, self._read(root, inline.get(0)), trusted=trusted)

        def read(number: int) -> memoryview:
            data = self._read(parts[number], inline.get(number))
            if copies is not None:
                copies[number] = bytes(data)
            return data

        return decode([part.codec for part in parts], read, trusted=trusted)

    def detach(self, parts: Sequence[Part], inline: Mapping[int, Buffer]) -> None:
        """See to it that every part is a blob, as a Ref needs it.

        Raises:
            IntegrityError: A part is gone, or not as long as it was.
        """
        for number, part in enumerate(parts):
            digest = Digest.parse(part.digest)
            if number in inline:
                self._put(digest, [inline[number]])
            elif self.store.size(self._name(digest)) != digest.size:
                raise self._gone("cut short or gone")

    def _read(self, part: Part, inline: memoryview | None) -> memoryview:
        data = self._blob(part) if inline is None else inline
        if inline is not None and _stored(data) != part.digest:
            raise _damaged()
        return unpacked(data, part.packing, part.size) if part.packing else data

    def _blob(self, part: Part) -> memoryview:
        name = self._name(Digest.parse(part.digest))
        error = self._gone("gone")
        # Twice: of a damaged copy near by only the copy is removed, and then the blob is read.
        for _ in range(2):
            stored = self.store.get(name)
            if stored is None:
                raise error
            # By its size first: what somebody made much larger is not read to the end.
            if stored.data.nbytes == part.stored and _stored(stored.data) == part.digest:
                return stored.data
            # Where versions are contents, whatever has this name and another content is damaged.
            self.store.delete(name, version=stored.tag or None)
            error = _damaged()
        raise error

    def _put(self, digest: Digest, pieces: Pieces) -> None:
        name = self._name(digest)
        if self.store.put(name, pieces):
            return
        # Nothing refers to it yet on our behalf: a collection must not take it away meanwhile.
        hold(self.store, self.namespace, digest)
        if self.store.size(name) != digest.size:
            self.store.delete(name)
            self.store.put(name, pieces)

    def _gone(self, how: str) -> IntegrityError:
        return IntegrityError(
            f"the stored {self.what} is {how} from {self.store.url}",
            "the task that makes it has to run again",
        )

    def _name(self, digest: Digest) -> str:
        return blob_name(self.namespace, digest)


def _stored(data: memoryview) -> str:
    """The digest of stored bytes, as a `Part` has it."""
    return f"{ALGORITHM}:{hex_of(data)}:{data.nbytes}"


def _damaged() -> IntegrityError:
    return IntegrityError("stored bytes are not what their entry says", "they are set aside")


def _digest(pieces: Pieces) -> Digest:
    hasher = Hasher()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def _counted(encoded: Encoded, parts: Sequence[Part]) -> Digest:
    """What an output counts as of which only the bytes are sure: those that are packed nowhere."""
    digests = [
        _digest(coded.pieces) if part.packing else Digest.parse(part.digest)
        for coded, part in zip(encoded.parts, parts, strict=True)
    ]
    if len(digests) == 1:
        return Digest(digests[0].raw)
    return combine("parts", *(digest.raw for digest in digests))
