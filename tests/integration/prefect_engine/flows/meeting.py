"""Task runs that wait for each other, by the marks that they leave."""

import asyncio
import os
import time
from pathlib import Path

from marking import count, mark

from orchestra_cache.events import Waiting, subscribe

DEADLINE_SECONDS = 20

# Whoever counts marks first may come before the first one.
Path(os.environ["MARKS"]).touch()


@subscribe
def waits(event):
    if isinstance(event, Waiting):
        mark("waits")


def until(name, number=1):
    """Wait for marks that others leave."""
    end = time.monotonic() + DEADLINE_SECONDS
    while count(name) < number:
        assert time.monotonic() < end, f"{name} never came"
        time.sleep(0.01)


async def gate(name, number=1):
    """The same without keeping the event loop."""

    async def opened():
        while count(name) < number:
            await asyncio.sleep(0.01)

    await asyncio.wait_for(opened(), DEADLINE_SECONDS)
