"""Pin all golden digests and the golden entry anew: run `python -m tests.golden.regenerate`.

Do so only with a new version of the grammar, of a handler or of the store format: every digest that
changes is a result that nobody will hit again.
"""

from __future__ import annotations

import json

from orchestra_cache.stores.layout import entry_name
from tests.golden.digests import PINNED, code_digests, value_digests
from tests.golden.entry import FILE, RECIPE, entry_bytes

if __name__ == "__main__":
    name = entry_name("main", RECIPE.key)
    pinned = {"entry": name, "values": value_digests(), "code": code_digests()}
    PINNED.write_text(json.dumps(pinned, indent=2, ensure_ascii=False) + "\n")
    FILE.write_bytes(entry_bytes())
