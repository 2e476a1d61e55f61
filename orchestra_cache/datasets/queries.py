"""What a database answers as a dataset: the rows of a query, or a single watermark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.datasets.templates import Templated
from orchestra_cache.errors import DatasetError, MissingExtraError
from orchestra_cache.fingerprints import encoder

__all__ = ["Query"]

# Rows are taken in batches, each a digest, so that a large answer need not fit in memory.
_ROWS = 10_000


@dataclass(frozen=True)
class Query(Templated):
    """The answer of a query: `select max(updated_at) from orders` is a watermark.

    The whole answer counts, with the names of its columns and in its order: say `order by` where
    there is more than one row.

    Args:
        sql: `{name}` takes the task's parameters, as text: meant for table names and dates.
        connection: A SQLAlchemy URL, or a function that returns a DB-API connection.
    """

    _template = "sql"

    sql: str
    connection: str | Callable[[], Any] = field(repr=False)

    def version(self) -> DataVersion:
        """Run the query now.

        Raises:
            DatasetError: The database does not answer, or the answer is no row, or a row of
                nothing but NULL: the watermark of an empty table.
        """
        sql = self.place
        try:
            with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
                cursor.execute(sql)
                text = _digest_of(cursor)
        except MissingExtraError:
            raise
        except Exception as error:
            raise DatasetError(
                f"dataset {sql} cannot be read: {error}", "correct the query or the connection"
            ) from error
        if not text:
            raise DatasetError(
                f"dataset {sql} has no rows, or one of nothing but NULL",
                "there is no version of nothing",
            )
        return DataVersion("rows", text)

    def _connect(self) -> Any:
        if callable(self.connection):
            return self.connection()
        try:
            from sqlalchemy import create_engine, pool
        except ImportError as error:
            raise MissingExtraError("sqlalchemy", "sql") from error
        return create_engine(self.connection, poolclass=pool.NullPool).raw_connection()


def _digest_of(cursor: Any) -> str:
    rows = _rows(cursor)
    text = ""
    while batch := list(islice(rows, _ROWS)):
        if not text and len(batch) == 1 and all(one is None for one in batch[0]):
            break
        columns = [column[0] for column in cursor.description]
        text = str(encoder().digest([text, columns, batch], "rows"))
    return text


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    # A driver may return less than it is asked for, and has row classes of its own.
    while rows := cursor.fetchmany(_ROWS):
        yield from (tuple(row) for row in rows)
