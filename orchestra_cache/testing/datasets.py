"""What every dataset keeps to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestra_cache.datasets import Dataset, DataVersion
from orchestra_cache.errors import DatasetError
from orchestra_cache.fingerprints import Digest, fingerprint

__all__ = ["DatasetTests"]


class DatasetTests:
    """Inherit it and give the fixtures `dataset`, `change` and `remove`.

    `dataset` is there; `change` is a function that changes its content, a little and at the same
    length; `remove` is one that takes it away. Give `touch` where a dataset's metadata can change
    alone and its version is not to.

    ```python
    class TestTopic(DatasetTests):
        @pytest.fixture
        def dataset(self, broker):
            return Topic("orders", broker)

        @pytest.fixture
        def change(self, broker):
            return lambda: broker.send("orders", b"1")
    ```
    """

    @pytest.fixture
    def dataset(self) -> Dataset:
        raise NotImplementedError("give a fixture `dataset`")

    @pytest.fixture
    def change(self) -> Callable[[], object]:
        raise NotImplementedError("give a fixture `change`")

    @pytest.fixture
    def remove(self) -> Callable[[], object]:
        raise NotImplementedError("give a fixture `remove`")

    @pytest.fixture
    def touch(self) -> Callable[[], object]:
        raise pytest.skip.Exception("the version of this dataset may move with its metadata")

    def test_it_is_a_dataset(self, dataset: Dataset) -> None:
        assert isinstance(dataset, Dataset)
        assert isinstance(dataset.name, str)
        assert dataset.parameters == frozenset()

    def test_its_version_stays_while_its_content_does(self, dataset: Dataset) -> None:
        first = dataset.version()
        second = dataset.version()

        assert first == second
        assert first.digest == second.digest

    def test_its_version_says_what_it_rests_on(self, dataset: Dataset) -> None:
        version = dataset.version()

        assert isinstance(version, DataVersion)
        assert isinstance(version.digest, Digest)
        assert version.evidence
        assert version.text

    def test_its_version_moves_with_its_content(
        self, dataset: Dataset, change: Callable[[], object]
    ) -> None:
        seen = {dataset.version().digest}

        for _ in range(20):
            change()
            seen.add(dataset.version().digest)

        assert len(seen) == 21

    def test_its_version_stays_when_only_metadata_changes(
        self, dataset: Dataset, touch: Callable[[], object]
    ) -> None:
        before = dataset.version()

        touch()

        assert dataset.version() == before

    def test_binding_what_has_no_placeholders_changes_nothing(self, dataset: Dataset) -> None:
        bound = dataset.bind({"day": "2026-01-01", "limit": 3})

        assert bound.name == dataset.name
        assert bound.version() == dataset.version()

    def test_there_is_no_version_of_nothing(
        self, dataset: Dataset, remove: Callable[[], object]
    ) -> None:
        dataset.version()
        remove()

        with pytest.raises(DatasetError) as caught:
            dataset.version()

        assert dataset.name in caught.value.message

    def test_as_an_argument_it_counts_by_its_version(
        self, dataset: Dataset, change: Callable[[], object]
    ) -> None:
        before = fingerprint(dataset)
        same = fingerprint(dataset)
        change()

        after = fingerprint(dataset)

        assert before == same
        assert before != after
