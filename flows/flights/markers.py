"""Which steps really ran: each leaves one line in a file."""

import os

VARIABLE = "FLIGHTS_MARKERS"


def mark(step: str) -> None:
    """Append `step` as one line to the file that `FLIGHTS_MARKERS` names, if it names one."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    # A single O_APPEND write keeps the lines of tasks that run at once whole.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{step}\n".encode())
    finally:
        os.close(descriptor)
