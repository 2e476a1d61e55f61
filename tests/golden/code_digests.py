"""Print digests of the functions in `code/` as JSON: `code.json` pins them.

python tests/golden/code_digests.py [folder of orders.py]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

NAMES = (
    "plain", "helped", "even", "odd", "cached", "classes", "tables", "local", "by_two", "small",
    "waited", "matched", "Order", "Urgent",
)  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("code")
    sys.path.insert(0, str(folder))
    import orders

    from orchestra_cache import fingerprint_code

    print(
        json.dumps({name: fingerprint_code(getattr(orders, name)).hex for name in NAMES}, indent=1)
    )


if __name__ == "__main__":
    main()
