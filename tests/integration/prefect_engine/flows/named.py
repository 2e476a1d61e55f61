"""A file that knows a block by its name only: `python named.py NAME`."""

import json
import sys

from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(result_storage=f"orchestra-cache/{sys.argv[1]}", cache_policy=INPUTS)
def total(day):
    return [day]


@flow
def totals():
    return [total(1, return_state=True).name for _ in range(2)]


if __name__ == "__main__":
    imported = any(name.startswith("orchestra_cache") for name in sys.modules)
    print(json.dumps({"imported": imported, "states": totals()}))
