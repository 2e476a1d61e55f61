"""Queries keep to the contract of the port for datasets, in SQLite and in PostgreSQL."""

from __future__ import annotations

import gc
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.datasets import Dataset, Query
from orchestra_cache.testing import DatasetTests
from tests.conformance.datasets.places import Act
from tests.conformance.datasets.postgres import PostgresServer

sqlalchemy = pytest.importorskip("sqlalchemy", reason="sqlalchemy is not installed")

Execute = Callable[[str], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A SQLite database with three orders."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table orders (n integer, day text)")
        connection.executemany("insert into orders values (?, 'original')", [(1,), (2,), (3,)])
        connection.commit()
    return path


@pytest.fixture
def execute(path: Path) -> Execute:
    def execute(sql: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)

    return execute


class QueryTests(DatasetTests):
    sql = "select * from orders order by n"

    @pytest.fixture
    def connection(self, path: Path) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def dataset(self, connection: Any) -> Dataset:
        return Query(self.sql, connection)

    @pytest.fixture
    def change(self, execute: Execute) -> Act:
        numbers = count()
        return lambda: execute(f"update orders set day = '{next(numbers):08d}' where n = 2")

    @pytest.fixture
    def touch(self, execute: Execute) -> Act:
        return lambda: execute("create index by_day on orders (day)")

    @pytest.fixture
    def remove(self, execute: Execute) -> Act:
        return lambda: execute("delete from orders")


class TestQueryByFunction(QueryTests):
    @pytest.fixture
    def connection(self, path: Path) -> Any:
        return lambda: sqlite3.connect(path)


class TestQueryByUrl(QueryTests):
    @pytest.fixture
    def connection(self, path: Path) -> Any:
        return f"sqlite:///{path}"


class TestQueryWithRowsOfItsOwn(QueryTests):
    @pytest.fixture
    def connection(self, path: Path) -> Any:
        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(path)
            connection.row_factory = sqlite3.Row
            return connection

        return connect


class TestWatermark(TestQueryByFunction):
    sql = "select max(n), count(*) from orders having count(*) > 0"

    @pytest.fixture
    def change(self, execute: Execute) -> Act:
        return lambda: execute("insert into orders select max(n) + 1, 'original' from orders")


class TestQueryOfPostgres(QueryTests):
    @pytest.fixture
    def connection(self, postgres: PostgresServer) -> Any:
        return postgres.url

    @pytest.fixture
    def execute(self, postgres: PostgresServer) -> Execute:
        engine = sqlalchemy.create_engine(postgres.url, poolclass=sqlalchemy.pool.NullPool)

        def execute(sql: str) -> None:
            with engine.begin() as connection:
                connection.exec_driver_sql(sql)

        execute("drop table if exists orders; create table orders (n integer, day text)")
        execute("insert into orders select n, 'original' from generate_series(1, 3) as n")
        return execute

    @pytest.fixture
    def dataset(self, connection: Any, execute: Execute) -> Dataset:
        return Query(self.sql, connection)

    def test_it_leaves_no_connection_open(self, dataset: Dataset) -> None:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            dataset.version()
            gc.collect()

        assert [str(one.message) for one in warned] == []
