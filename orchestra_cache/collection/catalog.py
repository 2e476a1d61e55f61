"""The working table of a collection: entries, blobs, and which refers to which.

It lies in a temporary file, so that a million entries take little memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["Catalog", "opened"]

# `known` says where it was learned what an entry refers to: nowhere yet, the index, a journal in
# this run, or the entry itself.
# Times are microseconds for `modified`, which is compared, and seconds otherwise.
_SCHEMA = """
CREATE TABLE folder (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, task TEXT NOT NULL DEFAULT '',
    wanted INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE tally (
    task TEXT PRIMARY KEY, hits INTEGER, misses INTEGER, published INTEGER, saved REAL
);
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, folder INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, listed INTEGER NOT NULL, known TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'whole', created REAL NOT NULL DEFAULT 0,
    used REAL NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
    digests BLOB NOT NULL DEFAULT x'', safe TEXT NOT NULL DEFAULT '',
    gone TEXT NOT NULL DEFAULT '', UNIQUE (folder, key)
);
CREATE TABLE blob (
    id INTEGER PRIMARY KEY, digest BLOB UNIQUE NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL
);
CREATE TABLE refers (
    blob INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (blob, entry)
) WITHOUT ROWID;
CREATE VIEW candidate AS
    SELECT entry.*, max(used, created) AS latest FROM entry JOIN folder ON folder.id = folder
    WHERE listed AND state = 'whole' AND gone = '' AND wanted;
CREATE VIEW choice AS
    SELECT candidate.id, safe, candidate.size, blob.id AS blob, blob.size AS held, latest, created,
        key, folder
    FROM candidate LEFT JOIN refers ON refers.entry = candidate.id
    LEFT JOIN blob ON blob.id = refers.blob;
"""

_SETTINGS = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
PRAGMA temp_store = FILE;
"""


@contextmanager
def opened() -> Iterator[Catalog]:
    """An empty catalog, gone afterwards."""
    with TemporaryDirectory(prefix="orchestra-cache-") as folder:
        path = Path(folder)
        database = sqlite3.connect(path / "catalog.sqlite", isolation_level=None)
        try:
            database.executescript(_SETTINGS + _SCHEMA + "BEGIN;")
            yield Catalog(database, path)
        finally:
            database.close()


class Catalog:
    """The tables.

    Attributes:
        folder: For other temporary files.
    """

    def __init__(self, database: sqlite3.Connection, folder: Path) -> None:
        self._database = database
        self.folder = folder
        self._folders: dict[str, int] = {}

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(statement, values)

    def run_many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._database.executemany(statement, rows)

    def number(self, statement: str, *values: object) -> int:
        """The number that a query gives; 0 for null."""
        (value,) = self.run(statement, *values).fetchone()
        return int(value or 0)

    def folder_of(self, name: str) -> int:
        """The number of a task's folder; a plain one says itself whose it is."""
        found = self._folders.get(name)
        if found is None:
            task = "" if "~" in name else name
            self.run("INSERT OR IGNORE INTO folder (name, task) VALUES (?, ?)", name, task)
            found = self.number("SELECT id FROM folder WHERE name = ?", name)
            self._folders[name] = found
        return found

    def name_folder(self, folder: int, task: str) -> None:
        """Say whose entries lie in a folder."""
        self.run("UPDATE folder SET task = ? WHERE id = ? AND task = ''", task, folder)

    def digests(self) -> Iterator[tuple[int, bytes]]:
        """Each part of each entry that is there, by the number of the entry."""
        for entry, digests in self.run("SELECT id, digests FROM entry WHERE listed"):
            for at in range(0, len(digests), 32):
                yield entry, digests[at : at + 32]
