"""Measure and print: `python -m tests.benchmarks [part] [words of rows]`."""

from __future__ import annotations

import argparse

from tests.benchmarks.airflow import AIRFLOW
from tests.benchmarks.code import CODE
from tests.benchmarks.data import DATA
from tests.benchmarks.hits import HITS
from tests.benchmarks.remote import REMOTE
from tests.benchmarks.results import RESULTS
from tests.benchmarks.small import SMALL
from tests.benchmarks.stores import STORES
from tests.benchmarks.table import lines
from tests.benchmarks.tasks import TASKS
from tests.benchmarks.values import VALUES

PARTS = {
    "data": DATA,
    "small": SMALL,
    "values": VALUES,
    "code": CODE,
    "hits": HITS,
    "results": RESULTS,
    "stores": STORES,
    "remote": REMOTE,
    "tasks": TASKS,
    "airflow": AIRFLOW,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=(*PARTS, "all"))
    parser.add_argument("words", nargs="*", help="only rows whose names contain one of them")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the values")
    parser.add_argument("--seconds", type=float, default=4.0, help="for a contender and row")
    given = parser.parse_intermixed_args()
    parts = PARTS if given.part == "all" else {given.part: PARTS[given.part]}
    for name, rows in parts.items():
        chosen = [row for row in rows if not given.words or any(w in row.name for w in given.words)]
        print(f"\n## {name}\n")
        for line in lines(chosen, scale=given.scale, seconds=given.seconds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
