"""Tasks leave a mark when they run, so that a test need not believe what a cache says."""

import json
import os


def mark(task, *words):
    with open(os.environ["MARKS"], "a") as file:
        file.write(json.dumps([task, *words]) + "\n")
