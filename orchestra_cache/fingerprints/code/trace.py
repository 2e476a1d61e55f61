"""Digest callables with everything they reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.code.tracer import ChangedError, Definition, Tracer
from orchestra_cache.fingerprints.digest import Digest

__all__ = ["CodeFingerprint", "Definition", "fingerprint_code", "trace", "traced"]

_TRIES = 10


@dataclass(frozen=True, slots=True)
class CodeFingerprint:
    """What a piece of code is.

    Attributes:
        digest: Of everything reached, and of how it is connected.
        definitions: What was reached, by label.
        packages: Installed distributions reached, with their versions.
        weak: Labels of definitions without a source that matches: their bytecode counts; and of
            values without identity that nobody knows the making of: they are equal to nothing else.
    """

    digest: Digest
    definitions: tuple[Definition, ...]
    packages: dict[str, str]
    weak: tuple[str, ...]


def fingerprint_code(function: object, *, first_party: Collection[str] = ()) -> Digest:
    """Digest a callable with every first-party definition it reaches.

    Args:
        first_party: Installed packages whose code is to be followed as the user's own is.

    Raises:
        FingerprintError: The callable holds a value that has no identity.
    """
    return trace([function], first_party=first_party).digest


def trace(roots: Iterable[object], *, first_party: Collection[str] = ()) -> CodeFingerprint:
    """Follow callables and classes, and say what was found on the way."""
    return traced(list(roots), first_party)[0]


def traced(
    roots: Sequence[object], first_party: Collection[str], secret: bytes | None = None
) -> tuple[CodeFingerprint, Tracer]:
    """The same, with all that was looked at for it.

    Args:
        secret: A key of 32 bytes for the digests of secrets.
    """
    tracer, digest = _settled(roots, first_party, secret)
    sketches = tracer.sketches.values()
    code = CodeFingerprint(
        digest,
        tuple(_numbered(tracer.definitions())),
        dict(sorted(tracer.packages.items())),
        tuple(sorted([*tracer.unknown, *(found.label for found in sketches if found.weak)])),
    )
    return code, tracer


def _settled(
    roots: Sequence[object], first_party: Collection[str], secret: bytes | None
) -> tuple[Tracer, Digest]:
    """Trace until nothing changes meanwhile: other threads may fill tables that the code reads."""
    for _ in range(_TRIES):
        tracer = Tracer(first_party, secret)
        try:
            return tracer, tracer.digest(roots)
        except ChangedError:
            continue
        except RecursionError:
            raise
        except RuntimeError:
            # A dict that changed its size under an iteration.
            continue
    raise FingerprintError(
        "the code", "what it reads changes all the time", "pass that as an argument"
    )


def _numbered(definitions: Iterable[Definition]) -> Iterable[Definition]:
    seen: dict[str, int] = {}
    # A constant that two functions use is found twice.
    for one in sorted(set(definitions), key=lambda one: (one.label, one.digest.hex)):
        count = seen[one.label] = seen.get(one.label, 0) + 1
        label = one.label if count == 1 else f"{one.label}#{count}"
        yield Definition(label, one.digest, one.shown)
