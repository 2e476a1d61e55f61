"""What an object store says of an object is its version: which words, and of what."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import fsspec
import pytest

from orchestra_cache.datasets import Dataset, File, Folder
from orchestra_cache.errors import DatasetError, MissingExtraError
from tests.conformance.datasets.places import Place
from tests.integration.core.seaweed import SeaweedServer

MEBIBYTE = 1 << 20


@pytest.fixture
def system(seaweed: SeaweedServer) -> Any:
    return fsspec.filesystem("s3", **seaweed.storage_options, use_listings_cache=False)


@pytest.fixture
def bucket(s3: tuple[str, dict[str, Any]]) -> Place:
    return Place(*s3)


@pytest.fixture
def versioned(seaweed: SeaweedServer, system: Any) -> Place:
    """A bucket that keeps old versions."""
    name = f"versioned-{uuid4().hex}"
    system.mkdir(name)
    enabled = {"Status": "Enabled"}
    system.call_s3("put_bucket_versioning", Bucket=name, VersioningConfiguration=enabled)
    return Place(f"s3://{name}", seaweed.storage_options)


def file(place: Place, name: str = "a.csv") -> File:
    return File(f"{place.url}/{name}", place.options)


def folder(place: Place) -> Folder:
    return Folder(place.url, storage_options=place.options)


def test_of_a_versioned_bucket_it_is_the_version_id(versioned: Place) -> None:
    versioned.write("a.csv")
    before = file(versioned).version()

    versioned.write("a.csv")

    assert before.evidence == "version-id"
    assert file(versioned).version() != before


def test_what_was_deleted_from_a_versioned_bucket_has_no_version(versioned: Place) -> None:
    versioned.write("a.csv")
    versioned.remove("a.csv")

    for dataset in (file(versioned), folder(versioned)):
        with pytest.raises(DatasetError, match="versioned-"):
            dataset.version()


def test_of_any_other_bucket_it_is_the_tag(bucket: Place) -> None:
    bucket.write("a.csv")
    before = file(bucket).version()

    bucket.write("a.csv")

    assert before.evidence == "etag"
    assert file(bucket).version() == before


def test_the_tag_of_an_object_says_in_which_parts_it_was_written(
    bucket: Place, system: Any
) -> None:
    content, versions = b"0" * 11 * MEBIBYTE, set()

    for size in (5, 20):
        system.pipe_file(f"{bucket.url}/a.csv", content, chunksize=size * MEBIBYTE)
        versions.add(file(bucket).version())

    assert len(versions) == 2


@pytest.mark.parametrize("dataset", [file, folder])
def test_a_tag_is_of_one_url(bucket: Place, dataset: Callable[[Place], Dataset]) -> None:
    one, other = (Place(f"{bucket.url}/{name}", bucket.options) for name in ("one", "other"))
    one.write("a.csv")
    other.write("a.csv")

    assert dataset(one).version() != dataset(other).version()


@pytest.mark.parametrize("dataset", [file, folder])
def test_a_content_is_the_same_at_any_url(dataset: Callable[[Place], Dataset]) -> None:
    one, other = (Place(f"memory://{uuid4().hex}") for _ in range(2))
    one.write("a.csv")
    other.write("a.csv")

    assert dataset(one).version() == dataset(other).version()


def test_objects_that_mark_folders_are_no_members(bucket: Place, system: Any) -> None:
    bucket.write("deep/a.csv")
    before = folder(bucket).version()

    name, _, prefix = bucket.url.removeprefix("s3://").partition("/")
    for marker in (f"{prefix}/", f"{prefix}/deep/", f"{prefix}/empty/"):
        system.call_s3("put_object", Bucket=name, Key=marker, Body=b"")

    assert folder(bucket).version() == before


@pytest.mark.parametrize("dataset", [file, folder])
@pytest.mark.parametrize("options", [{}, {"use_listings_cache": True}])
def test_a_listing_that_somebody_keeps_is_not_believed(
    bucket: Place, options: dict[str, Any], dataset: Callable[[Place], Dataset]
) -> None:
    listed = Place(bucket.url, {**options, **bucket.options})
    bucket.write("a.csv", b"1")
    before = dataset(listed).version()
    fsspec.filesystem("s3", **listed.options).ls(listed.url)

    bucket.write("a.csv", b"2")

    assert dataset(listed).version() != before


@pytest.mark.parametrize("dataset", [file, folder])
def test_wrong_credentials_are_an_error_without_the_secret(
    bucket: Place, dataset: Callable[[Place], Dataset]
) -> None:
    stranger = Place(bucket.url, {**bucket.options, "secret": "sesame"})

    with pytest.raises(DatasetError) as caught:
        dataset(stranger).version()

    assert bucket.url in caught.value.message
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("kind", [File, Folder])
def test_an_archive_that_is_written_anew_is_read_anew(
    tmp_path: Path, kind: Callable[[str], Dataset]
) -> None:
    path = "deep/a.csv" if kind is File else "deep"
    versions = set()

    for content in ("1", "2"):
        with ZipFile(tmp_path / "lake.zip", "w") as archive:
            archive.writestr("deep/a.csv", content)
        versions.add(kind(f"zip://{path}::{tmp_path / 'lake.zip'}").version())

    assert len(versions) == 2


def test_a_scheme_that_nobody_knows_is_an_error() -> None:
    for dataset in (File("nowhere://a.csv"), Folder("nowhere://a")):
        with pytest.raises(DatasetError, match="nowhere"):
            dataset.version()


@pytest.mark.skipif(find_spec("gcsfs") is not None, reason="gcsfs is installed")
def test_a_library_that_is_missing_is_named_with_its_extra() -> None:
    for dataset in (File("gs://lake/a.csv"), Folder("gs://lake/a")):
        with pytest.raises(MissingExtraError, match=r"orchestra-cache\[gcs\]"):
            dataset.version()
