"""A result may be published over the one that there is."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from orchestra_cache import Cache, fingerprint
from orchestra_cache.events import Hit
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.keys import new_hmac_key

RECIPE = Recipe("results", (Component("path", fingerprint("latest")),))


def found(cache: Cache) -> object:
    hit = cache.lookup(RECIPE)
    return hit.value if isinstance(hit, Hit) else None


@pytest.mark.parametrize("memory", [0, 1 << 20])
def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path, memory: int):
    cache = Cache(tmp_path, memory=memory)

    wrote = [
        cache.publish(RECIPE, "first", seconds=0.0),
        cache.publish(RECIPE, "second", seconds=0.0),
        cache.publish(RECIPE, "third", seconds=0.0, replace=True),
    ]

    assert wrote == [True, False, True]
    assert found(cache) == found(Cache(tmp_path)) == "third"


def test_what_was_replaced_elsewhere_since_it_was_copied_is_replaced(tmp_path: Path):
    url = f"memory://{uuid4().hex}"
    here, elsewhere = Cache(url, near=tmp_path / "near"), Cache(url)
    here.publish(RECIPE, "first", seconds=0.0)
    elsewhere.publish(RECIPE, "second", seconds=0.0, replace=True)

    wrote = here.publish(RECIPE, "third", seconds=0.0, replace=True)

    assert wrote
    assert found(elsewhere) == "third"


def test_what_others_signed_stays(tmp_path: Path):
    ours, theirs = Cache(tmp_path, keys=[new_hmac_key()]), Cache(tmp_path, keys=[new_hmac_key()])
    theirs.publish(RECIPE, "theirs", seconds=0.0)

    wrote = ours.publish(RECIPE, "ours", seconds=0.0, replace=True)

    assert not wrote
    assert found(theirs) == "theirs"
