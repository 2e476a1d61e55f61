"""Tasks leave a mark when they run, so that a test need not believe what a cache says."""

import json
import os
from pathlib import Path


def mark(task, *words):
    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps([task, *words]) + "\n")


def count(task):
    lines = Path(os.environ["MARKS"]).read_text().splitlines()
    return sum(json.loads(line)[0] == task for line in lines)


def seen(state):
    """Name of a task run's final state, and its value or exception."""
    return state.name, state.result(raise_on_failure=False)
