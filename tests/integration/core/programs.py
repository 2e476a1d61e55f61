"""What the processes of these tests run: one task on one cache, said in JSON what became of it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from orchestra_cache import Cache, Policy
from orchestra_cache.events import Event, subscribe

SIZES = {"small": 10, "large": 100_000}


def numbers(size: int, base: int) -> bytes:
    """A result of `size` bytes; ran when it is printed."""
    return bytes((base + place) % 251 for place in range(size))


def run(root: str, size: str, mode: Any = "use", base: int = 1) -> tuple[bytes, list[str]]:
    """The result, and the names of the events."""
    seen: list[Event] = []
    leave = subscribe(seen.append)
    try:
        task = Cache(root, policy=Policy(mode=mode)).memoize(ignore={"base"})(numbers)
        return task(SIZES[size], base), [type(event).__name__ for event in seen]
    finally:
        leave()


def kill_at(step: int, root: str) -> list[str]:
    """Kill this process as soon as it touches the cache for the `step`th time; list the touches."""
    touches: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        watched = event in ("open", "os.link", "os.rename", "os.remove", "os.mkdir")
        if watched and any(str(argument).startswith(root) for argument in arguments[:2]):
            touches.append(event)
            if len(touches) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    return touches


def break_off_after(size: int, *, killed: bool) -> None:
    """Let no file grow beyond `size` bytes: the process is killed, or the disk seems full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if killed else signal.SIG_IGN)


def main(terms: dict[str, Any]) -> None:
    touches: list[str] = []
    if "step" in terms:
        touches = kill_at(terms["step"], terms["root"])
    if "limit" in terms:
        break_off_after(terms["limit"], killed=terms["killed"])
    result, events = run(
        terms["root"], terms["size"], terms.get("mode", "use"), terms.get("base", 1)
    )
    print(json.dumps({"result": result.hex(), "events": events, "touches": touches}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    # Under its own name, so that the task is the one that the tests import.
    from tests.integration.core import programs

    programs.main(json.loads(sys.argv[1]))
