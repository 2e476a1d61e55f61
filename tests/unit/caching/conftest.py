"""A clean record of which functions ran."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.caching import work


@pytest.fixture
def ran() -> Iterator[list[object]]:
    """What ran since the test began, in order."""
    work.RAN.clear()
    yield work.RAN
    work.RAN.clear()
