"""Lake tables keep to the contract of the port for datasets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from orchestra_cache.datasets import Dataset, DeltaTable, IcebergTable
from orchestra_cache.errors import DatasetError
from orchestra_cache.testing import DatasetTests
from tests.conformance.datasets.places import Act

deltalake = pytest.importorskip("deltalake", reason="deltalake is not installed")
sql = pytest.importorskip("pyiceberg.catalog.sql", reason="pyiceberg is not installed")

ROWS = pa.table({"amount": [1, 2]})
TABLE = "shop.orders"


class TestDeltaTable(DatasetTests):
    @pytest.fixture
    def path(self, tmp_path: Path) -> str:
        deltalake.write_deltalake(tmp_path / "orders", ROWS)
        return str(tmp_path / "orders")

    @pytest.fixture
    def dataset(self, path: str) -> Dataset:
        return DeltaTable(path)

    @pytest.fixture
    def change(self, path: str) -> Act:
        return lambda: deltalake.write_deltalake(path, ROWS, mode="append")

    @pytest.fixture
    def touch(self, path: str) -> Act:
        return lambda: deltalake.DeltaTable(path).create_checkpoint()

    @pytest.fixture
    def remove(self, path: str) -> Act:
        return lambda: shutil.rmtree(path)

    def test_another_table_at_the_same_place_is_another(self, dataset: Dataset, path: str) -> None:
        before = dataset.version()

        shutil.rmtree(path)
        deltalake.write_deltalake(path, ROWS)

        assert dataset.version() != before

    def test_rows_that_are_replaced_are_a_change(self, dataset: Dataset, path: str) -> None:
        before = dataset.version()

        deltalake.write_deltalake(path, ROWS, mode="overwrite")

        assert dataset.version() != before

    def test_it_has_one_version_by_path_and_by_url(self, dataset: Dataset, path: str) -> None:
        assert DeltaTable(f"file://{path}").version() == dataset.version()


def test_a_delta_table_on_s3_is_read_with_its_options(s3: tuple[str, dict[str, Any]]) -> None:
    url, options = s3
    names = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    reach = {name: options[key] for name, key in names.items()} | {
        "AWS_ENDPOINT_URL": options["endpoint_url"],
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
    }
    deltalake.write_deltalake(url, ROWS, storage_options=reach)
    table = DeltaTable(url, reach)
    before = table.version()

    deltalake.write_deltalake(url, ROWS, mode="append", storage_options=reach)

    assert table.version() != before
    assert options["secret"] not in repr(table)


def test_a_folder_without_a_log_is_no_delta_table(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"1")

    with pytest.raises(DatasetError, match="is no Delta table"):
        DeltaTable(str(tmp_path)).version()


def test_looking_for_a_delta_table_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        DeltaTable(str(tmp_path / "orders")).version()

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def catalog(tmp_path: Path) -> Callable[[], Any]:
    """A function that opens a catalog with the table `shop.orders`, empty."""

    def opened() -> Any:
        uri = f"sqlite:///{tmp_path / 'catalog.db'}"
        return sql.SqlCatalog("lake", uri=uri, warehouse=f"file://{tmp_path}")

    opened().create_namespace("shop")
    opened().create_table(TABLE, schema=ROWS.schema)
    return opened


class TestIcebergTable(DatasetTests):
    @pytest.fixture
    def dataset(self, catalog: Callable[[], Any]) -> Dataset:
        catalog().load_table(TABLE).append(ROWS)
        return IcebergTable(TABLE, catalog)

    @pytest.fixture
    def change(self, catalog: Callable[[], Any]) -> Act:
        return lambda: catalog().load_table(TABLE).append(ROWS)

    @pytest.fixture
    def touch(self, catalog: Callable[[], Any]) -> Act:
        def touch() -> None:
            with catalog().load_table(TABLE).transaction() as transaction:
                transaction.set_properties(owner="shop")

        return touch

    @pytest.fixture
    def remove(self, catalog: Callable[[], Any]) -> Act:
        return lambda: catalog().drop_table(TABLE)

    def test_a_column_by_another_name_is_a_change(
        self, dataset: Dataset, catalog: Callable[[], Any]
    ) -> None:
        before = dataset.version()

        with catalog().load_table(TABLE).update_schema() as schema:
            schema.rename_column("amount", "price")

        assert dataset.version() != before

    def test_another_table_by_the_same_name_is_another(
        self, dataset: Dataset, catalog: Callable[[], Any]
    ) -> None:
        before = dataset.version()

        catalog().drop_table(TABLE)
        catalog().create_table(TABLE, schema=ROWS.schema).append(ROWS)

        assert dataset.version() != before


def test_an_iceberg_table_that_was_never_written_to_has_no_version(
    catalog: Callable[[], Any],
) -> None:
    with pytest.raises(DatasetError, match=r"shop\.orders has no snapshot"):
        IcebergTable(TABLE, catalog).version()


def test_an_iceberg_catalog_is_found_by_its_name(
    catalog: Callable[[], Any], run_python: Callable[..., str]
) -> None:
    catalog().load_table(TABLE).append(ROWS)
    # pyiceberg reads its settings once, when it is imported.
    settings = {
        f"PYICEBERG_CATALOG__LAKE__{name.upper()}": catalog().properties[name]
        for name in ("uri", "warehouse")
    }
    program = (
        "from orchestra_cache.datasets import IcebergTable\n"
        f"print(IcebergTable({TABLE!r}, 'lake').version().text)"
    )

    printed = run_python(program, env={**os.environ, **settings})

    assert printed == IcebergTable(TABLE, catalog).version().text


def test_an_iceberg_catalog_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(DatasetError, match=r"shop\.orders cannot be read"):
        IcebergTable(TABLE, "nobody").version()
