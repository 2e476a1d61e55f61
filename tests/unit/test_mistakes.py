"""What a cache is given and cannot mean is told where it is written, and shows no secret."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.settings import find_cache

MISTAKES: dict[str, Any] = {
    "memory": ["256MB", -1, True, 1.5],
    "near_size": ["1GB", -1],
    "recheck": [600, timedelta(-1), "10m"],
    "budget": [2, timedelta(0)],
    "trusted": ["no", 1, None],
    "near": ["", "  ", "s3://lake/near"],
    "leases": [42, "redis//user:hunter2@host", "mysql://host"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in MISTAKES.items() for value in values]
)
def test_a_mistake_is_told_at_once_with_its_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Cache("memory://lake", **{name: value})

    assert caught.value.message.startswith(f"{name}=")
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_a_password_in_a_url_is_not_shown() -> None:
    cache = Cache("memory://user:hunter2@lake/cache")

    with pytest.raises(ConfigurationError) as caught:
        Cache("mine://user:hunter2@lake")

    assert "hunter2" not in repr(cache)
    assert "hunter2" not in str(caught.value)


def test_a_file_system_that_was_registered_is_known() -> None:
    class Mine(MemoryFileSystem):  # type: ignore[misc]
        protocol = "registered-here"

    fsspec.register_implementation("registered-here", Mine)

    task = Cache("registered-here://lake").memoize(lambda: [1])

    assert [task(), task()] == [[1], [1]]


def test_a_file_of_settings_that_is_named_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for named in (tmp_path / "none.toml", tmp_path):
        monkeypatch.setenv("ORCHESTRA_CACHE_FILE", str(named))
        with pytest.raises(ConfigurationError, match="which is no file"):
            find_cache("lake")
