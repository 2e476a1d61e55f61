"""The parts of a collection, in any order, delete what one full run does."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache.stores.layout import pin_name
from tests.unit.collecting import Shelf, recipe


@dataclass(frozen=True)
class Shape:
    """An entry: its age in days, its task, and which of the blobs it refers to."""

    age: int
    task: str
    blobs: tuple[int, ...]


SHAPES = st.lists(
    st.builds(
        Shape,
        st.integers(1, 30),
        st.sampled_from(["one", "Two"]),
        st.lists(st.integers(0, 5), max_size=3, unique=True).map(tuple),
    ),
    max_size=12,
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "older": st.integers(1, 30).map(lambda days: timedelta(days=days, hours=1)),
        "max_bytes": st.integers(0, 20_000),
        "max_entries": st.integers(0, 12),
        "order": st.sampled_from(["lru", "fifo"]),
    },
)
SPARED = st.sampled_from([{}, {"keep": 1}, {"tasks": ["T*"]}])


def content(number: int) -> bytes:
    return bytes([number]) * (1 + number * 1500)


def build(root: Path, shapes: list[Shape]) -> Shelf:
    shelf = Shelf(root)
    for number in range(6):
        shelf.blob(content(number))
    for number, shape in enumerate(shapes):
        blobs = [content(blob) for blob in shape.blobs]
        shelf.add(str(number), age=shape.age, task=shape.task, blobs=blobs)
    return shelf


def needed(shelf: Shelf, shapes: list[Shape]) -> set[bytes]:
    """What the entries that are left refer to."""
    return {content(blob) for name in shelf.entries() for blob in shapes[int(name)].blobs}


def copied(shelf: Shelf, root: Path) -> Shelf:
    shutil.copytree(shelf.root, root)
    copy = Shelf(root)
    copy.now, copy.tasks = shelf.now, shelf.tasks
    return copy


@settings(deadline=None, max_examples=60)
@given(
    shapes=SHAPES,
    limits=LIMITS,
    spared=SPARED,
    pinned=st.booleans(),
    parts=st.integers(2, 5),
    order=st.randoms(use_true_random=False),
)
def test_all_parts_are_one_run(
    shapes: list[Shape],
    limits: dict[str, Any],
    spared: dict[str, Any],
    pinned: bool,
    parts: int,
    order: Any,
) -> None:
    limited = {name for name in limits if name != "order"}
    limits = {**limits, **(spared if limited else {})}
    with TemporaryDirectory() as folder:
        whole = build(Path(folder, "whole"), shapes)
        if pinned and shapes:
            whole.store.put(pin_name("main", recipe("0", shapes[0].task).key), [b""])
        split = copied(whole, Path(folder, "split"))
        numbers = list(range(1, parts + 1))
        order.shuffle(numbers)

        dry = [split.collect(**limits, shard=(part, parts), dry_run=True) for part in numbers]
        one = whole.collect(**limits)
        many = []
        for number in numbers:
            many.append(split.collect(**limits, shard=(number, parts)))
            assert needed(split, shapes) <= split.blobs()

        assert split.entries() == whole.entries()
        assert split.blobs() == whole.blobs()
        assert sum(report.deleted.count for report in dry) == one.deleted.count
        assert sum(report.deleted.count for report in many) == one.deleted.count
        assert sum(report.deleted_blobs.size for report in many) == one.deleted_blobs.size


@settings(deadline=None, max_examples=60)
@given(shapes=SHAPES, limits=LIMITS)
def test_what_is_left_is_whole_and_within_its_limits(
    shapes: list[Shape], limits: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        shelf = build(Path(folder), shapes)

        shelf.collect(**limits)

        left, blobs = shelf.entries(), needed(shelf, shapes)
        size = sum(shelf.path(name).stat().st_size for name in left) + sum(map(len, blobs))
        assert shelf.blobs() == blobs
        assert len(left) <= limits.get("max_entries", 12)
        assert size <= limits.get("max_bytes", 10**9)
