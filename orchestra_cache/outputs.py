"""The one place where values become stored bytes, and where stored bytes are believed.

Written: by the best codec that gives the value back identical. Read: size, digest, an allow-listed
codec, and trust where the codec can run code — in this order.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestra_cache.codecs import Codec, Pieces, codec_named, codecs_for
from orchestra_cache.errors import CodecError, FingerprintError, IntegrityError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.digest import Digest, Hasher
from orchestra_cache.fingerprints.origin import made_of
from orchestra_cache.fingerprints.values.nodes import kind_of

__all__ = ["Encoded", "decode", "encode"]

# Proving a larger pickle would cost its reader's time twice; it counts by its bytes instead.
_PROVED_UP_TO = 1 << 28


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as bytes.

    Attributes:
        digest: Of the bytes, with their size.
        made_of: The classes it is made of (`origin.made_of`): their code counts where it goes.
        fingerprint: That of the value, if the bytes are known to give it back identical;
            otherwise the digest of the bytes: nothing else is sure to come back.
    """

    pieces: Pieces
    digest: Digest
    codec: str
    fingerprint: Digest
    type: str
    made_of: tuple[str, ...]


def encode(value: object, *, trusted: bool) -> Encoded:
    """Write a value.

    Args:
        trusted: The store may hold what can run code when it is read.

    Raises:
        CodecError: No codec takes it, or only one that this store may not hold.
    """
    identity, classes = _identity(value)
    refusal: CodecError | None = None
    for codec in codecs_for(value):
        if codec.needs_trust and not trusted:
            return _refuse(value)
        try:
            pieces = codec.encode(value)
        except CodecError as error:
            refusal = error
            continue
        digest = _digest(pieces)
        if identity is not None and _proved(codec, pieces, digest, identity):
            return Encoded(pieces, digest, codec.name, identity, kind_of(value), classes)
        if codec.needs_trust:
            content = Digest(digest.raw)
            return Encoded(pieces, digest, codec.name, content, kind_of(value), classes)
    raise refusal or CodecError(f"no codec takes {kind_of(value)}", "return another type")


def decode(data: memoryview, digest: Digest, codec_name: str, *, trusted: bool) -> object:
    """Read a value back.

    Raises:
        IntegrityError: The bytes are not those that were stored, or may not be decoded here.
        CodecError: They do not decode.
    """
    if digest.size != len(data) or _digest([data]) != digest:
        raise IntegrityError("stored bytes are not what their entry says", "they are set aside")
    codec = codec_named(codec_name)
    if codec is None:
        raise CodecError(f"codec {codec_name[:60]!r} is not known here", "it is computed again")
    if codec.needs_trust and not trusted:
        raise IntegrityError(
            f"codec {codec.name} can run code and the store is not trusted",
            "declare it with `Cache(…, trusted=True)` if only trusted parties can write to it",
        )
    try:
        return codec.decode(data)
    except CodecError:
        raise
    except Exception as error:
        # A library of the value's that is missing here, or that raises what it should not.
        raise CodecError(
            f"codec {codec.name} fails: {type(error).__name__}: {error}", "it is computed again"
        ) from error


def _identity(value: object) -> tuple[Digest | None, tuple[str, ...]]:
    writer = encoder()
    try:
        digest = writer.digest(value)
    except (FingerprintError, RecursionError):
        digest = None
    return digest, tuple(sorted(made_of(writer.met) | writer.named))


def _digest(pieces: Pieces) -> Digest:
    hasher = Hasher()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def _proved(codec: Codec, pieces: Pieces, digest: Digest, identity: Digest) -> bool:
    if codec.exact:
        return True
    if digest.size is None or digest.size > _PROVED_UP_TO:
        return False
    try:
        return _identity(codec.decode(memoryview(b"".join(pieces))))[0] == identity
    except CodecError:
        return False


def _refuse(value: object) -> Encoded:
    raise CodecError(
        f"{kind_of(value)} can only be kept as a pickle, which can run code when it is read, and "
        "the store is not trusted",
        "declare it with `Cache(…, trusted=True)` if only trusted parties can write to it, or "
        "return arrays, tables or documents",
    )
