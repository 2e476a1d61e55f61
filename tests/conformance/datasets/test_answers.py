"""What counts in the answer of a query, and what becomes of one that has none."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from orchestra_cache.datasets import DataVersion, Query
from orchestra_cache.errors import ConfigurationError, DatasetError
from tests.conformance.datasets.postgres import PostgresServer

NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) "

Ask = Callable[[str], DataVersion]


def memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


def ask(sql: str) -> DataVersion:
    return Query(sql.replace("{", "{{").replace("}", "}}"), memory).version()


def value(text: str) -> DataVersion:
    return ask(f"with answer(a) as (select {text}) select a, 1 from answer")


class FewCursor(sqlite3.Cursor):
    """Gives less than it is asked for, as a driver may that reads from a network."""

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return super().fetchmany(min(size or 1, 7))


class FewConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(FewCursor)


PAIRS = [("1", "'1'"), ("1", "1.0"), ("null", "''"), ("null", "0"), ("'a'", "x'61'"), ("''", "' '")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_values_that_are_not_identical_are_two_answers(one: str, other: str) -> None:
    assert value(one) != value(other)


OF_POSTGRES = [
    ("1.0::numeric", "1.00::numeric"),
    ("1::numeric", "1::integer"),
    ("timestamp '2026-01-01'", "date '2026-01-01'"),
    ("timestamp '2026-01-01 12:00'", "timestamptz '2026-01-01 12:00'"),
    ("timestamptz '2026-01-01 12:00'", "timestamptz '2026-01-01 12:00:00.000001'"),
    ("null::text", "''::text"),
    ("'a'::text", "'a'::bytea"),
    ("array[1, null]", "array[1, 0]"),
    ("""'{"a": 1}'::jsonb""", """'{"a": "1"}'::jsonb"""),
    ("interval '1 day'", "interval '2 days'"),
    ("int4range(1, 2)", "int4range(1, 3)"),
    (
        "'12345678-0000-0000-0000-000000000001'::uuid",
        "'12345678-0000-0000-0000-000000000002'::uuid",
    ),
]


@pytest.mark.parametrize(("one", "other"), OF_POSTGRES)
def test_values_of_postgres_keep_their_types(
    postgres: PostgresServer, one: str, other: str
) -> None:
    def version(text: str) -> DataVersion:
        sql = f"select a, 1 from (select {text} as a) as answer"
        return Query(sql.replace("{", "{{").replace("}", "}}"), postgres.url).version()

    assert version(one) == version(one)
    assert version(one) != version(other)


def test_a_column_by_another_name_is_another_answer() -> None:
    assert ask("select 1 as price") != ask("select 1 as amount")


def test_values_in_other_columns_are_another_answer() -> None:
    columns = "with answer(a, b) as (select {}) select a, b from answer"

    answers = {ask(columns.format(pair)) for pair in ("1, 2", "2, 1", "'a', 'bc'", "'ab', 'c'")}

    assert len(answers) == 4


def test_the_order_of_rows_counts() -> None:
    rows = "with answer(a) as (values (1), (2)) select a from answer order by a "

    assert ask(rows + "asc") != ask(rows + "desc")


@pytest.mark.parametrize("changed", [1, 10_000, 10_001, 20_000, 25_000])
def test_each_of_very_many_rows_counts(changed: int) -> None:
    numbers = NUMBERS.format(25_000)

    before = ask(numbers + "select i from n")
    after = ask(numbers + f"select iif(i = {changed}, 0, i) as i from n")

    assert before != after


@pytest.mark.parametrize("rows", [9_999, 10_000, 10_001, 20_000])
def test_one_row_more_counts(rows: int) -> None:
    answers = [ask(NUMBERS.format(count) + "select 1 from n") for count in (rows, rows + 1)]

    assert answers[0] != answers[1]


def test_how_many_rows_a_driver_gives_at_once_makes_no_difference() -> None:
    sql = NUMBERS.format(25_000) + "select i from n"

    few = Query(sql, lambda: sqlite3.connect(":memory:", factory=FewConnection))

    assert few.version() == Query(sql, memory).version()


def test_parameters_can_be_in_the_query() -> None:
    query = Query("select '{day:%Y-%m}' as a from (select 1) as {table}", memory)

    bound = query.bind({"day": date(2026, 1, 31), "table": "orders"})

    assert query.parameters == {"day", "table"}
    assert bound.name == "select '2026-01' as a from (select 1) as orders"
    assert bound.version() == ask("select '2026-01' as a")


@pytest.mark.parametrize("sql", ["select {} as a", "select {0}", "select '{\"a\": 1}'"])
def test_braces_that_are_meant_are_written_twice(sql: str) -> None:
    with pytest.raises(ConfigurationError, match="parameter's name"):
        Query(sql, memory)


@pytest.mark.parametrize(
    "sql", ["select 1 where false", "select max(a), min(a) from (select 1 as a) where false"]
)
def test_an_answer_of_nothing_has_no_version(sql: str) -> None:
    with pytest.raises(DatasetError, match="has no rows, or one of nothing but NULL"):
        ask(sql)


def test_nulls_beside_a_value_are_an_answer() -> None:
    assert ask("select null, 1") != ask("select null, 2")
    assert ask("select null union all select null") != ask("select null union all select 1")


@pytest.mark.parametrize("changed", range(1, 15))
def test_each_row_of_a_short_answer_counts(changed: int) -> None:
    numbers = NUMBERS.format(14)

    assert ask(numbers + "select i from n") != ask(
        numbers + f"select iif(i = {changed}, 0, i) as i from n"
    )


@pytest.mark.parametrize("sql", ["select * from nothing", "selec 1", "create table a (b)"])
def test_what_is_no_answer_is_an_error_that_names_the_query(sql: str) -> None:
    with pytest.raises(DatasetError) as caught:
        ask(sql)

    assert sql in caught.value.message


def test_a_connection_that_fails_is_an_error() -> None:
    with pytest.raises(DatasetError, match="unable to open"):
        Query("select 1", lambda: sqlite3.connect("/no/such/folder/shop.db")).version()


def test_a_connection_is_closed_in_any_case() -> None:
    connections = [memory(), memory()]

    Query("select 1", lambda: connections[0]).version()
    with pytest.raises(DatasetError):
        Query("select * from nothing", lambda: connections[1]).version()

    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("select 1")


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://shop:sesame@{}/shop", "sesame", "x://:sesame@"]
)
def test_a_password_is_neither_shown_nor_told(url: str) -> None:
    pytest.importorskip("sqlalchemy", reason="sqlalchemy is not installed")
    with socket.socket() as taken:
        # Bound and not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        query = Query("select 1", url.format(f"127.0.0.1:{taken.getsockname()[1]}"))

        with pytest.raises(DatasetError) as caught:
            query.version()

    assert "sesame" not in str(caught.value)
    assert "sesame" not in repr(query)
