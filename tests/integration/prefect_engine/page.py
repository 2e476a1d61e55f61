"""A page of the documentation, as something that can be followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "blocks", "edited", "shows"]

FENCED = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word beside that, and what is in it."""

    language: str
    word: str
    text: str

    @property
    def file(self) -> str | None:
        """The file that the block is, or is an edit of."""
        return self.word.removeprefix("file=") if self.word.startswith("file=") else None


def blocks(page: Path, **places: Path) -> Iterator[Block]:
    """The blocks in order.

    Args:
        places: What stands in the place of the page's bucket of that name.
    """
    text = page.read_text()
    for bucket, folder in places.items():
        text = text.replace(f"s3://{bucket.replace('_', '-')}/", f"{folder}/")
    for language, word, block in FENCED.findall(text):
        yield Block(language, word, block)


def edited(text: str, edit: str) -> str:
    """A file after an edit that shows what goes, what comes, and what is around them."""
    lines = edit.splitlines(keepends=True)
    before = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
    after = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, f"not one place to edit:\n{before}"
    return text.replace(before, after)


def shows(text: str, line: str) -> bool:
    """Whether a text has a line such as the page's, in which `…` stands for something."""
    parts = (re.escape(part) for part in line.split("…"))
    return re.search(f"^{'.+'.join(parts)}", text, re.MULTILINE) is not None
