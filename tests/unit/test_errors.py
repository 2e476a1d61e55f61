"""Errors are one sentence and a way out, in any process."""

from __future__ import annotations

import copy
import pickle

import pytest

from orchestra_cache import errors
from orchestra_cache.errors import FingerprintError, MissingExtraError, OrchestraCacheError


class FarError(OrchestraCacheError):
    """A subclass with arguments of its own."""

    def __init__(self, task: str, tries: int, *, last: str) -> None:
        super().__init__(f"{task} failed {tries} times: {last}", "try again")
        self.tries = tries


ERRORS: list[OrchestraCacheError] = [
    *(
        getattr(errors, name)("what is wrong", "what to do")
        for name in errors.__all__
        if name not in ("FingerprintError", "MissingExtraError")
    ),
    FingerprintError("parameter a → .lock", "_thread.lock"),
    FingerprintError("parameter a", "generator", "pass a list"),
    MissingExtraError("s3fs", "s3"),
    FarError("totals", 3, last="no answer"),
]


def test_every_error_is_tried_here() -> None:
    assert {type(error).__name__ for error in ERRORS} == {*errors.__all__, "FarError"}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_crosses_processes(error: OrchestraCacheError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_ends_with_a_way_out(error: OrchestraCacheError) -> None:
    message, hint = str(error).split("\nhint: ")

    assert message == error.message
    assert hint == error.hint != ""


def test_errors_are_also_what_python_calls_them() -> None:
    assert issubclass(errors.ConfigurationError, ValueError)
    assert issubclass(errors.MissingExtraError, ImportError)
    assert issubclass(errors.FingerprintError, TypeError)
    assert issubclass(errors.DatasetError, LookupError)
    assert issubclass(errors.StoreError, OSError)
    assert issubclass(errors.IntegrityError, errors.StoreError)
    assert issubclass(errors.ConflictError, errors.StoreError)


def test_an_error_of_a_users_own_crosses_processes() -> None:
    error = FingerprintError("parameter a", "kind")
    error.task = "totals"  # type: ignore[attr-defined]

    assert pickle.loads(pickle.dumps(error)).task == "totals"
