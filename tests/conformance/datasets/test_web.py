"""Documents on a web server keep to the contract of the port for datasets."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import count

import pytest

from orchestra_cache.datasets import Dataset, Http
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.testing import DatasetTests
from tests.conformance.datasets.places import Act
from tests.conformance.datasets.site import Document, Site

PATH = "/orders.csv"
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)


def modified(when: datetime) -> dict[str, str]:
    return {"Last-Modified": format_datetime(when, usegmt=True)}


class HttpTests(DatasetTests):
    """Inherit it and say by `document` what the server answers with for the nth content."""

    evidence: str
    read: bool

    def document(self, number: int) -> Document:
        raise NotImplementedError

    @pytest.fixture
    def dataset(self, site: Site) -> Dataset:
        site.documents[PATH] = self.document(0)
        return Http(site.url(PATH))

    @pytest.fixture
    def change(self, site: Site) -> Act:
        numbers = count(1)
        return lambda: site.documents.update({PATH: self.document(next(numbers))})

    @pytest.fixture
    def touch(self, site: Site) -> Act:
        headers = {**self.document(0).headers, "Cache-Control": "no-cache"}
        return lambda: site.documents.update({PATH: Document(self.document(0).content, headers)})

    @pytest.fixture
    def remove(self, site: Site) -> Act:
        return site.documents.clear

    def test_its_version_rests_on_the_strongest_that_the_server_says(
        self, dataset: Dataset
    ) -> None:
        assert dataset.version().evidence == self.evidence

    def test_it_is_read_only_if_the_server_says_nothing(self, dataset: Dataset, site: Site) -> None:
        dataset.version()

        assert site.asked == [("HEAD", PATH), ("GET", PATH)][: 1 + self.read]


class TestHttpWithTag(HttpTests):
    evidence, read = "etag", False

    def document(self, number: int) -> Document:
        return Document(headers={"ETag": f'"{number}"', **modified(LONG_AGO)})


class TestHttpWithWeakTag(HttpTests):
    evidence, read = "etag", False

    def document(self, number: int) -> Document:
        return Document(b"%08d" % number, {"ETag": f'W/"{number}"'})


class TestHttpWithTime(HttpTests):
    evidence, read = "last-modified", False

    def document(self, number: int) -> Document:
        return Document(headers=modified(LONG_AGO + timedelta(seconds=number)))


class TestHttpWithTimeOfNow(HttpTests):
    # All changes within one second: the time says nothing yet.
    evidence, read = "content", True

    def document(self, number: int) -> Document:
        return Document(b"%08d" % number, modified(datetime.now(timezone.utc)))


class TestHttpWithNeither(HttpTests):
    evidence, read = "content", True

    def document(self, number: int) -> Document:
        return Document(b"%08d" % number)


class TestHttpWithoutHead(HttpTests):
    evidence, read = "content", True

    def document(self, number: int) -> Document:
        return Document(b"%08d" % number)

    @pytest.fixture(autouse=True)
    def refuse(self, site: Site) -> None:
        site.refuses.add("HEAD")


@pytest.mark.parametrize("text", ["yesterday", "Wed, 01 Jan 2020 00:00:00", ""])
def test_a_time_that_cannot_be_told_is_no_evidence(site: Site, text: str) -> None:
    site.documents[PATH] = Document(headers={"Last-Modified": text})

    assert Http(site.url(PATH)).version().evidence == "content"


def test_a_large_document_is_read_to_its_end(site: Site) -> None:
    site.documents[PATH] = Document(b"0" * (3 << 20) + b"1")
    before = Http(site.url(PATH)).version()

    site.documents[PATH] = Document(b"0" * (3 << 20) + b"2")

    assert Http(site.url(PATH)).version() != before


def test_equal_contents_have_one_version_at_two_addresses(site: Site) -> None:
    site.documents.update({"/a": Document(), "/b": Document()})

    assert Http(site.url("/a")).version() == Http(site.url("/b")).version()


@pytest.mark.parametrize("headers", [{"ETag": '"1"'}, modified(LONG_AGO)])
def test_what_a_server_says_is_of_one_address(site: Site, headers: dict[str, str]) -> None:
    site.documents.update({"/a": Document(headers=headers), "/b": Document(headers=headers)})

    assert Http(site.url("/a")).version() != Http(site.url("/b")).version()


def test_where_a_redirect_leads_elsewhere_the_content_counts(site: Site) -> None:
    for path, content in (("/1", b"1"), ("/2", b"2")):
        site.documents[path] = Document(content, {"ETag": '"same"'})
    versions = []

    for path in ("/1", "/2"):
        site.documents["/latest"] = Document(b"", {"Location": path}, 302)
        versions.append(Http(site.url("/latest")).version())

    assert versions[0] != versions[1]


@pytest.mark.parametrize("status", [404, 410, 403, 500])
def test_an_answer_without_success_is_an_error_that_names_the_url(site: Site, status: int) -> None:
    site.documents[PATH] = Document(headers={"ETag": '"1"'}, status=status)

    with pytest.raises(DatasetError) as caught:
        Http(site.url(PATH)).version()

    assert site.url(PATH) in caught.value.message
    assert str(status) in caught.value.message


def test_an_answer_that_ends_early_is_an_error(site: Site) -> None:
    site.documents[PATH] = Document(b"half", {"Content-Length": "8"})

    with pytest.raises(DatasetError, match="4 bytes early"):
        Http(site.url(PATH)).version()


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket() as taken:
        # Bound and not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/orders.csv"

        with pytest.raises(DatasetError, match=url):
            Http(url).version()


@pytest.mark.parametrize("path", ["/with a blank.csv", "/with\na-line.csv"])
def test_an_address_that_cannot_be_asked_for_is_an_error(site: Site, path: str) -> None:
    with pytest.raises(DatasetError, match="with"):
        Http(site.url(path)).version()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "orders.csv", "s3://lake/a", "{place}"])
def test_only_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not a web address"):
        Http(url)


def test_headers_are_sent_and_are_no_part_of_the_document(site: Site) -> None:
    site.documents[PATH] = Document()
    document = Http(site.url(PATH), headers={"Authorization": "Bearer sesame"})

    document.version()

    assert site.heard["Authorization"] == "Bearer sesame"
    assert document == Http(site.url(PATH))
    assert "sesame" not in repr(document)


def test_a_parameter_can_be_in_the_address(site: Site) -> None:
    site.documents["/2026-01.csv"] = Document(b"january")
    bound = Http(site.url("/{month}.csv")).bind({"month": "2026-01"})

    assert bound.version().evidence == "content"
    assert bound.name == site.url("/2026-01.csv")
