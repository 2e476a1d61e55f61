"""The cache that flows call `lake`, or the place that a test says instead of it."""

import json
import os

from orchestra_cache import Cache
from orchestra_cache.leases import ObjectLeases
from orchestra_cache.stores import open_store


def lake():
    terms = json.loads(os.environ.get("PLACE", "{}"))
    if "url" not in terms:
        return terms.get("name", "lake")
    options, leases = terms["options"], None
    if "expiry" in terms:
        # Whose holders are soon taken for dead.
        leases = ObjectLeases(open_store(terms["url"], options=options), expiry=terms["expiry"])
    return Cache(terms["url"], storage_options=options, leases=leases)
