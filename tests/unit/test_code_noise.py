"""What cannot change what a function does leaves its digest as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.code_noise import SAME_DIGEST
from tests.unit.programs import digest


@pytest.mark.parametrize("name", SAME_DIGEST)
def test_an_edit_that_cannot_change_the_result_leaves_the_digest(name: str, tmp_path: Path) -> None:
    edit = SAME_DIGEST[name]

    before, after = digest(tmp_path, edit.before), digest(tmp_path, edit.after)

    assert before == after
