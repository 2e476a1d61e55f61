"""What a collection found and did, as numbers and as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

__all__ = ["Amount", "Report"]


@dataclass(slots=True)
class Amount:
    """A number of objects, and their bytes."""

    count: int = 0
    size: int = 0

    def add(self, size: int, count: int = 1) -> None:
        self.count += count
        self.size += size

    def __str__(self) -> str:
        return f"{self.count:>12,}  {_bytes(self.size):>10}"


@dataclass(slots=True)
class Report:
    """What a collection found and did; in a dry run, what it would have done.

    Attributes:
        entries: There were, of all tasks.
        blobs: There were.
        deleted: Entries that went.
        deleted_blobs: Blobs that went: the last entry that referred to them did.
        reasons: Why entries went: `older`, `idle`, `room` (for `max_bytes` and `max_entries`), or
            `damaged`.
        pinned: Entries that stayed because they are pinned.
        newest: Entries that stayed because of `keep`.
        waiting: Blobs that nothing refers to and that stayed: for the time of grace, since somebody
            is using them, or since it is not known what `unknown` entries refer to.
        changed: Entries that should have gone, and were replaced meanwhile.
        damaged: Entries that are not what was written.
        foreign: Entries that are signed with a key which is not known here; they stay.
        unknown: Entries of a newer format; they stay, and so do all blobs.
        strange: Objects with names that no entry or blob has; they stay.
        litter: What killed processes left, and other objects that are of no use any more.
        read: Entries that had to be read, because no journal told of them.
        hits: And `misses`, `saved`: of all tasks, as far as their processes told.
    """

    dry_run: bool = False
    shard: tuple[int, int] = (1, 1)
    entries: Amount = field(default_factory=Amount)
    blobs: Amount = field(default_factory=Amount)
    deleted: Amount = field(default_factory=Amount)
    deleted_blobs: Amount = field(default_factory=Amount)
    reasons: dict[str, int] = field(default_factory=dict)
    pinned: int = 0
    newest: int = 0
    waiting: Amount = field(default_factory=Amount)
    changed: int = 0
    damaged: int = 0
    foreign: int = 0
    unknown: int = 0
    strange: int = 0
    litter: Amount = field(default_factory=Amount)
    read: int = 0
    hits: int = 0
    misses: int = 0
    saved: timedelta = timedelta(0)
    seconds: float = 0.0

    @property
    def freed(self) -> int:
        """Bytes of everything that went."""
        return self.deleted.size + self.deleted_blobs.size + self.litter.size

    def __str__(self) -> str:
        would = "would go" if self.dry_run else "went"
        part = f", part {self.shard[0]} of {self.shard[1]}" if self.shard != (1, 1) else ""
        amounts = [
            ("entries", self.entries),
            ("blobs", self.blobs),
            (f"entries that {would}", self.deleted),
            (f"blobs that {would}", self.deleted_blobs),
            (f"litter that {would}", self.litter),
            ("blobs that wait", self.waiting),
        ]
        lines = [f"{name:<24}{amount}" for name, amount in amounts]
        counts = [f"{reason} {count:,}" for reason, count in sorted(self.reasons.items())]
        lines += [f"{'because':<24}{', '.join(counts)}"] if counts else []
        lines += [f"{name:<24}{count:>12,}" for name, count in self._counts() if count]
        lines += [f"{'freed':<38}{_bytes(self.freed):>10}  in {self.seconds:.1f} s{part}"]
        return "\n".join([*lines, *self._remarks()])

    def _counts(self) -> list[tuple[str, int]]:
        return [
            ("kept: pinned", self.pinned),
            ("kept: newest of a task", self.newest),
            ("replaced meanwhile", self.changed),
            ("damaged", self.damaged),
            ("of an unknown key", self.foreign),
            ("of a newer format", self.unknown),
            ("of no known name", self.strange),
        ]

    def _remarks(self) -> list[str]:
        if not self.unknown:
            return []
        return [
            "No blob goes while there are entries of a newer format, since nobody here can",
            "tell what they refer to. Update orchestra_cache, and collect again.",
        ]


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
