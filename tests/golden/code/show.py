"""Print the digests of a module's tasks, from inside that module."""

import json

from orchestra_cache import fingerprint_code


def show(names):
    print(json.dumps({name: str(fingerprint_code(names[name])) for name in names["TASKS"]}))
