"""A function's digest changes with everything that changes what it does, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.code_changes import ANOTHER_DIGEST
from tests.unit.code_noise import SAME_DIGEST
from tests.unit.programs import digest


@pytest.mark.parametrize("name", ANOTHER_DIGEST)
def test_an_edit_that_can_change_the_result_changes_the_digest(name: str, tmp_path: Path) -> None:
    edit = ANOTHER_DIGEST[name]

    before, after = digest(tmp_path, edit.before), digest(tmp_path, edit.after)

    assert before != after


@pytest.mark.parametrize("name", SAME_DIGEST)
def test_an_edit_that_cannot_change_the_result_leaves_the_digest(name: str, tmp_path: Path) -> None:
    edit = SAME_DIGEST[name]

    before, after = digest(tmp_path, edit.before), digest(tmp_path, edit.after)

    assert before == after


@pytest.mark.parametrize("name", ANOTHER_DIGEST)
def test_the_same_program_in_another_folder_has_the_same_digest(name: str, tmp_path: Path) -> None:
    files = ANOTHER_DIGEST[name].before

    one, other = digest(tmp_path, files), digest(tmp_path / "elsewhere", files)

    assert one == other
