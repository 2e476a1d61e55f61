"""Terms of use are checked when they are written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.errors import ConfigurationError


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"ttl": 60}, "ttl=60 is not a duration"),
        ({"ttl": timedelta(0)}, "is not positive"),
        ({"ttl": timedelta(seconds=-1)}, "is not positive"),
        ({"wait": 60}, "wait=60 is not a duration"),
        ({"wait": timedelta(seconds=-1)}, "is negative"),
        ({"mode": "on"}, "mode='on' is not known"),
        ({"on_error": "ignore"}, "on_error='ignore' is not known"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(terms: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**terms)

    assert message in caught.value.message


def test_what_is_known_is_listed() -> None:
    with pytest.raises(ConfigurationError, match="use, refresh, readonly, off"):
        Policy(mode="on")  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError, match="run, raise"):
        Policy(on_error="on")  # type: ignore[arg-type]


@pytest.mark.parametrize("terms", [{"ttl": timedelta(0)}, {"mode": "on"}])
def test_memoize_refuses_it_at_decoration(terms: Any) -> None:
    cache = Cache("lake")

    with pytest.raises(ConfigurationError):
        cache.memoize(**terms)


def test_a_policy_does_not_change() -> None:
    policy = Policy()

    with pytest.raises(AttributeError):
        policy.mode = "off"  # type: ignore[misc]

    assert policy == Policy(ttl=None, mode="use", on_error="run")


@pytest.mark.parametrize(
    "timeout, waits",
    [(None, timedelta(hours=1)), (60, timedelta(seconds=30)), (1e9, timedelta(hours=1))],
)
def test_who_has_a_time_of_its_own_waits_for_half_of_it(timeout: float | None, waits: timedelta):
    assert Policy(ttl=timedelta(days=1)).within(timeout) == Policy(timedelta(days=1), wait=waits)
