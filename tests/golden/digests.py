"""The digests of all golden values and programs, as this process makes them."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from orchestra_cache import fingerprint, fingerprint_code
from tests.golden.library_values import LIBRARY_VALUES
from tests.golden.model_values import MODEL_VALUES
from tests.golden.more_values import MORE_VALUES
from tests.golden.pandas_values import PANDAS_VALUES
from tests.golden.values import VALUES

__all__ = ["ALL_VALUES", "CODE", "MODULES", "PINNED", "code_digests", "value_digests"]

FOLDER = Path(__file__).parent
CODE = FOLDER / "code"
PINNED = FOLDER / "digests.json"
# In the order in which they were pinned.
ALL_VALUES = {**VALUES, **LIBRARY_VALUES, **MORE_VALUES, **MODEL_VALUES, **PANDAS_VALUES}
MODULES = ("clean", "pipeline", "shapes", "syntax", "orders", "annotated")


def value_digests() -> dict[str, str]:
    return {name: str(fingerprint(make())) for name, make in ALL_VALUES.items()}


def code_digests(folder: Path = CODE) -> dict[str, str]:
    sys.path.insert(0, str(folder))
    modules = [import_module(name) for name in MODULES]
    assert all(Path(str(module.__file__)).parent == folder for module in modules)
    return {
        f"{module.__name__}.{name}": str(fingerprint_code(getattr(module, name)))
        for module in modules
        for name in module.TASKS
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else CODE
    print(json.dumps({"values": value_digests(), "code": code_digests(folder)}))
