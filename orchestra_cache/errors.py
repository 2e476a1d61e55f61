"""The error tree: each error is one sentence and a way out."""

from __future__ import annotations

__all__ = [
    "CodecError",
    "ConfigurationError",
    "ConflictError",
    "DatasetError",
    "FingerprintError",
    "ForeignError",
    "IntegrityError",
    "MissingExtraError",
    "OrchestraCacheError",
    "ReadOnlyError",
    "StoreError",
]


class OrchestraCacheError(Exception):
    """The root of every error this package raises; `hint` is the way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross processes; a subclass with its own arguments must survive that.
        return _rebuild, (type(self), self.message, self.hint, self.__dict__)


def _rebuild(
    kind: type[OrchestraCacheError], message: str, hint: str, state: dict[str, object]
) -> OrchestraCacheError:
    error = kind.__new__(kind)
    OrchestraCacheError.__init__(error, message, hint)
    error.__dict__.update(state)
    return error


class ConfigurationError(OrchestraCacheError, ValueError):
    """What the user wrote cannot be meant: an unknown parameter, a bad URL, a negative duration."""


class MissingExtraError(OrchestraCacheError, ImportError):
    """A feature needs a library that is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"this needs `{library}`, which is not installed",
            f"pip install 'orchestra-cache[{extra}]'",
        )


class FingerprintError(OrchestraCacheError, TypeError):
    """A value has no identity that could be written down.

    Args:
        path: Where the value is, from the outside in: `parameter config → ['db'] → .lock`.
        kind: The type of the value, as a person would import it.
    """

    def __init__(self, path: str, kind: str, hint: str = "") -> None:
        super().__init__(
            f"cannot fingerprint {path}: {kind}",
            hint
            or "leave it out with `ignore={…}`, pass what it was built from instead, or give its "
            "class a `__fingerprint__` method",
        )
        self.path = path
        self.kind = kind


class DatasetError(OrchestraCacheError, LookupError):
    """A declared dataset has no version now: it is missing or cannot be reached."""


class CodecError(OrchestraCacheError, ValueError):
    """Bytes do not decode, or no codec takes the value."""


class StoreError(OrchestraCacheError, OSError):
    """The store failed; a task never does because of it."""

    def __str__(self) -> str:
        return OrchestraCacheError.__str__(self)


class IntegrityError(StoreError):
    """Stored bytes are not what their name or entry says."""


class ForeignError(IntegrityError):
    """Others may have a use for what is stored: it is not believed, and stays where it is.

    Args:
        replaceable: A new result may take its place.
    """

    def __init__(self, message: str, hint: str, *, replaceable: bool = False) -> None:
        super().__init__(message, hint)
        self.replaceable = replaceable


class ReadOnlyError(StoreError):
    """This cache may read and not write."""


class ConflictError(StoreError):
    """Another writer replaced the object since it was read."""
