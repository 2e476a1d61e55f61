"""How what was told of the task runs of a flow run reads as a page of markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestra_cache.durations import ago, in_words
from orchestra_cache.prefect.ledger import Note

__all__ = ["page", "summary"]

_MOST_ROWS = 500
_LONGEST = 200
_MARKUP = re.compile(r"([\\`*_~|\[\]<>&#])")


@dataclass(slots=True)
class Row:
    """What became of one task run."""

    name: str
    outcome: str = ""
    why: str = ""
    trouble: str = ""
    saved: timedelta = timedelta(0)


def page(notes: Iterable[Note], remarks: Sequence[str], *, now: datetime) -> str:
    """The totals, what could not be had, and a table: first what was no hit, then the hits."""
    rows = _rows(notes, now)
    ordered = sorted(rows, key=lambda row: row.outcome == "hit")
    if len(rows) > _MOST_ROWS:
        remarks = [*remarks, f"{len(rows) - _MOST_ROWS} more task runs are not in the table."]
    parts = [f"**{_total(rows)}**", *(f"*{_escaped(one)}*" for one in remarks)]
    return "\n\n".join([*parts, _table(ordered[:_MOST_ROWS])])


def summary(notes: Iterable[Note], *, now: datetime) -> str:
    """The totals in one line."""
    return _total(_rows(notes, now))


def _rows(notes: Iterable[Note], now: datetime) -> list[Row]:
    rows: dict[str, Row] = {}
    for note in notes:
        _enter(rows.setdefault(note.run, Row(note.name)), note, now)
    return list(rows.values())


def _enter(row: Row, note: Note, now: datetime) -> None:
    details = note.details
    if note.kind == "failed":
        row.trouble = f"the cache could not {details['operation']}: {details['error']}"
        row.outcome = row.outcome or "uncached"
        return
    row.outcome, row.saved = note.kind, timedelta(0)
    if note.kind == "hit":
        by = f" by {details['producer']}" if details["producer"] else ""
        row.why = f"made {ago(datetime.fromisoformat(details['created']), now=now)}{by}"
        row.saved = timedelta(seconds=details["saved_seconds"])
    elif note.kind == "miss":
        row.why = "; ".join(_changes(details)) or details["reason"]
    elif note.kind == "uncached":
        row.why = details["reason"]


def _changes(details: Mapping[str, Any]) -> list[str]:
    """As a line of the log has them; the event has more."""
    shown = [
        f"{one['component']} {one['before'] or '(none)'} → {one['after'] or '(none)'}"
        if one["before"] or one["after"]
        else f"{one['component']} {one['what']}"
        for one in details["changes"][:3]
    ]
    more = len(details["changes"]) + details["more_changes"] - len(shown)
    return [*shown, f"and {more} more"] if more else shown


def _total(rows: Sequence[Row]) -> str:
    counts = Counter(row.outcome for row in rows)
    hits, runs = counts.pop("hit", 0), len(rows)
    were = f"{hits} of {runs} task runs {'was a hit' if hits == 1 else 'were hits'}"
    saved = sum((row.saved for row in rows), timedelta(0))
    parts = [f"{were}; {in_words(saved)} saved" if hits else were]
    return "; ".join(parts + [f"{counts[outcome]} {outcome}" for outcome in sorted(counts)])


def _table(rows: Iterable[Row]) -> str:
    lines = ["| task run | outcome | why, or whose | saved |", "|:--|:--|:--|--:|"]
    for row in rows:
        why = "; ".join(_escaped(text) for text in (row.why, row.trouble) if text)
        saved = in_words(row.saved) if row.outcome == "hit" else ""
        lines.append(f"| {_escaped(row.name)} | {row.outcome} | {why} | {saved} |")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """In one line, not too long, and shown as it is."""
    flat = " ".join(text.split())
    if len(flat) > _LONGEST:
        flat = f"{flat[: _LONGEST - 1]}…"
    return _MARKUP.sub(r"\\\1", flat)
