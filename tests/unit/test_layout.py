"""Names in a store: readable, safe on every file system, and never one for two things."""

from __future__ import annotations

import re

import pytest

from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.stores.layout import blob_name, entry_name, lease_name, lock_name, task_prefix

DIGEST = digest_bytes(b"a")
TASKS = [
    "totals", "Totals", "TOTALS", "shop.totals", "Shop.totals", "shop_totals", "<lambda>", "lambda",
    "make.<locals>.inner", "make._locals_.inner", "ä", "a", "A", "../../etc", "..", ".", "...", "",
    "a/b", "a\\b", "a b", "x" * 120, "x" * 121, "x" * 122, "con", "a~b", "a\0b", "\ud800",
]  # fmt: skip


def test_two_tasks_never_share_a_folder_even_where_case_does_not_count() -> None:
    folders = [task_prefix("main", task).casefold() for task in TASKS]

    assert len(set(folders)) == len(TASKS)


@pytest.mark.parametrize("task", TASKS, ids=ascii)
def test_a_folder_is_one_plain_part_of_a_path(task: str) -> None:
    namespace, version, folder, rest = task_prefix("main", task).split("/")

    assert (namespace, version, rest) == ("main", "entries-v1", "")
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", folder)
    assert folder.strip(".")
    assert len(folder) <= 140


def test_plain_names_stay_as_they_are() -> None:
    assert task_prefix("main", "shop.totals") == "main/entries-v1/shop.totals/"
    assert task_prefix("main", "Shop.totals").startswith("main/entries-v1/Shop.totals~")


def test_an_entry_lies_under_its_task_by_its_digest() -> None:
    name = entry_name("dev", CacheKey("totals", DIGEST))

    assert name == f"dev/entries-v1/totals/{DIGEST.hex}"


def test_a_blob_lies_under_its_digest() -> None:
    assert blob_name("dev", DIGEST) == f"dev/blobs-v1/{DIGEST.hex[:2]}/{DIGEST.hex}"


def test_no_lease_of_a_task_lies_where_locks_of_orchestrators_do() -> None:
    tasks = [*TASKS, "locks", "locks~", "Locks~"]
    folders = {lease_name("main", CacheKey(task, DIGEST)).rpartition("/")[0] for task in tasks}

    folder, _, name = lock_name("main", "any key").rpartition("/")

    assert folder.casefold() not in {task.casefold() for task in folders}
    assert re.fullmatch(r"[0-9a-f]{64}", name)
