"""The one place where values become bytes, and where bytes are believed to be values.

Written: by the best codec that gives the value back identical; what large things a tuple, list or
dict holds become parts of their own. Read: an allow-listed codec, and trust where the codec can run
code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from orchestra_cache.codecs import Codec, Pieces, TreeCodec, codec_named, codecs_for
from orchestra_cache.codecs.base import TRUST, RefusedError
from orchestra_cache.codecs.containers import contained, divided
from orchestra_cache.errors import CodecError, ForeignError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.values.nodes import kind_of
from orchestra_cache.identities import Identity

__all__ = ["Coded", "Encoded", "decode", "decoded", "encode"]

# Proving a larger pickle would cost its reader's time twice; it counts by its bytes instead.
_PROVED_UP_TO = 1 << 28

# What hangs on a tree is a part of its own from this size on: as small as it would be a blob.
_OWN_PART_FROM = 1 << 16

# A Ref names every part, and every part is a round trip.
_MOST_PARTS = 64

_STAYS = "what is there stays, and the new result is not kept"

_TREE = TreeCodec()
_index = msgspec.json.Decoder(list[int | str])


@dataclass(frozen=True, slots=True)
class Coded:
    """What one codec made of a value.

    Attributes:
        exact: It is known to give the value back identical.
    """

    codec: str
    pieces: Pieces
    exact: bool
    needs_trust: bool

    @property
    def size(self) -> int:
        return sum(memoryview(piece).nbytes for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as parts: the first is the value, and names the others by their number.

    Attributes:
        whole: The value itself; its fingerprint may still be being taken.
        exact: The bytes are known to give the value back identical. Otherwise nothing else than
            they is sure to come back, so it counts by them.
    """

    parts: tuple[Coded, ...]
    type: str
    whole: Identity
    exact: bool

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def identity(self) -> Digest | None:
        """The fingerprint of what comes back; None if that is not known."""
        return self.whole.digest if self.exact else None


class _UntrustedError(CodecError):
    """The value can run code when it is read, and this store may not hold such."""


class _UnprovedError(CodecError):
    """What comes back may be something else."""


class _TooLargeError(_UnprovedError):
    """It would take too long to look."""


# Of several errors the one that says what can be done.
_TELLING = (_UntrustedError, _TooLargeError)


def encode(value: object, *, trusted: bool, codec: str | None = None) -> Encoded:
    """Write a value.

    Args:
        trusted: The store may hold what can run code when it is read.
        codec: The name of the one to use; by default the best is.

    Raises:
        CodecError: No codec takes it, or only one that this store may not hold.
    """
    whole = Identity(value)
    parts = _parts(value, whole, trusted) if codec is None else _asked(codec, value, whole, trusted)
    return Encoded(parts, kind_of(value), whole, all(part.exact for part in parts))


def decode(codecs: Sequence[str], read: Callable[[int], memoryview], *, trusted: bool) -> object:
    """Read a value back.

    Args:
        codecs: Of the parts, by number.
        read: Gives the bytes of a part; they are known to be those that were stored.

    Raises:
        ForeignError: They may not, or cannot, be decoded here.
        CodecError: They do not decode.
    """
    if codecs[0] != _TREE.name:
        return decoded(codecs[0], read(0), trusted=trusted)

    def part(number: int) -> object:
        return decoded(codecs[number], read(number), trusted=trusted)

    return _from_tree(read(0), len(codecs), part, trusted)


def _parts(value: object, identity: Identity, trusted: bool) -> tuple[Coded, ...]:
    failed = CodecError("no codec takes it", "return data instead of live objects")
    try:
        for attempt in _attempts(value, identity, trusted):
            try:
                return attempt()
            except RefusedError:  # noqa: PERF203
                raise
            except CodecError as error:
                failed = failed if isinstance(failed, _TELLING) else error
        raise failed
    finally:
        # It holds the frames it came from, this one too: files would stay open with them.
        del failed


def _asked(name: str, value: object, identity: Identity, trusted: bool) -> tuple[Coded, ...]:
    codec = codec_named(name)
    if codec is None or not codec.accepts(value):
        why = "there is no such codec" if codec is None else f"it does not keep {kind_of(value)}"
        raise CodecError(f"codec={name!r} was asked for, and {why}", "leave `codec` out")
    try:
        return _coded(codec, value, identity, trusted)
    except CodecError as error:
        why = f"codec={name!r} was asked for, and {error.message}"
        raise CodecError(why, "leave `codec` out") from error


def _attempts(
    value: object, identity: Identity, trusted: bool
) -> Iterator[Callable[[], tuple[Coded, ...]]]:
    for codec in codecs_for(value):
        if codec.needs_trust and _TREE.accepts(value):
            yield partial(_tree, value, trusted)
        yield partial(_coded, codec, value, identity, trusted)


def _coded(codec: Codec, value: object, identity: Identity, trusted: bool) -> tuple[Coded]:
    if codec.needs_trust and not trusted:
        raise _UntrustedError(
            f"{kind_of(value)} can only be kept as a pickle, which can run code when it is read, "
            "and the store is not trusted",
            f"{TRUST}, or return arrays, tables or documents",
        )
    pieces = codec.encode(value)
    try:
        exact = codec.is_exact(value) or _comes_back(codec, pieces, identity)
    except _UnprovedError:
        if not codec.needs_trust:
            raise
        exact = False
    return (Coded(codec.name, pieces, exact, codec.needs_trust),)


def _comes_back(codec: Codec, pieces: Pieces, identity: Identity) -> bool:
    """Prove that bytes are decoded to the value they were made of.

    Raises:
        CodecError: They are decoded to another, not at all, or (`_UnprovedError`) to what nobody
            can say.
    """
    if sum(memoryview(piece).nbytes for piece in pieces) > _PROVED_UP_TO:
        why = f"{codec.name} may give something else back, and it is too large to be proved"
        raise _TooLargeError(why, f"{TRUST}, or return smaller parts of it")
    found = Identity(decoded(codec.name, memoryview(b"".join(pieces)), trusted=True))
    if identity.digest is None or found.digest is None:
        why = f"{codec.name} may give something else back, and no fingerprint proves it"
        raise _UnprovedError(why, "another codec keeps it")
    if found.digest != identity.digest:
        why = f"{codec.name} does not give it back identical"
        raise CodecError(why, "return data, or have all that matters of an object pickled")
    return True


def _tree(value: object, trusted: bool) -> tuple[Coded, ...]:
    leaves: list[Coded] = []

    def keep(leaf: object) -> int:
        leaves.extend(_parts(leaf, Identity(leaf), trusted))
        return len(leaves) - 1

    split = _TREE.split(value, keep, trusted=trusted)
    if not split.files and leaves and all(leaf.needs_trust for leaf in leaves):
        raise CodecError("a tree of pickles", "one pickle keeps it")
    own: list[Coded] = []
    inner: list[Coded] = []
    index: list[int | str] = []
    for leaf in leaves:
        large = leaf.size >= _OWN_PART_FROM and len(own) < _MOST_PARTS
        (own if large else inner).append(leaf)
        index.append(len(own) if large else leaf.codec)
    pieces = contained(
        [[split.document], [msgspec.json.encode(index)], *(one.pieces for one in inner)]
    )
    exact = not split.files and all(leaf.exact for leaf in leaves)
    return (Coded(_TREE.name, pieces, exact, needs_trust=False), *own)


def _from_tree(
    data: memoryview, parts: int, part: Callable[[int], object], trusted: bool
) -> object:
    try:
        document, index, *inner = divided(data)
        places = _index.decode(index)
    except ValueError as error:
        raise CodecError(f"no tree: {error}", "it is computed again") from error
    own = [place for place in places if isinstance(place, int)]
    if own != list(range(1, parts)) or len(places) != len(own) + len(inner):
        raise CodecError("no tree: it names other parts than there are", "it is computed again")
    held = _leaves(places, inner, part, trusted)
    # Once each: a value is no larger than what is stored of it.
    joined = _TREE.join(document, lambda number: held.pop(number)(), trusted=trusted)
    if held:
        raise CodecError("no tree: it leaves parts out", "it is computed again")
    for files in joined.files:
        files.write()
    return joined.value


def _leaves(
    places: list[int | str],
    inner: Sequence[memoryview],
    part: Callable[[int], object],
    trusted: bool,
) -> dict[int, Callable[[], object]]:
    rest = iter(inner)
    return {
        number: partial(part, place)
        if isinstance(place, int)
        else partial(decoded, place, next(rest), trusted=trusted)
        for number, place in enumerate(places)
    }


def decoded(codec_name: str, data: memoryview, *, trusted: bool) -> object:
    """Read one part; the terms and errors are those of `decode`."""
    codec = codec_named(codec_name)
    if codec is None:
        raise ForeignError(f"codec {codec_name[:60]!r} is not known here", _STAYS)
    if codec.needs_trust and not trusted:
        raise ForeignError(
            f"codec {codec.name} can run code and the store is not trusted",
            TRUST,
            replaceable=True,
        )
    try:
        return codec.decode(data)
    except CodecError:
        raise
    except ImportError as error:
        raise ForeignError(f"codec {codec.name} lacks a library here: {error}", _STAYS) from error
    except Exception as error:
        # What a library raises that should not.
        raise CodecError(
            f"codec {codec.name} fails: {type(error).__name__}: {error}", "it is computed again"
        ) from error
