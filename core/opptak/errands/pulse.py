"""Work that keeps a processor busy: done in a thread, with a sign of life while it lasts."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from opptak.errands.schemas import Report

__all__ = ("BEAT_SECONDS", "Step", "watched")

BEAT_SECONDS = 1.0
"""How often work says how far it is."""

T = TypeVar("T")

Step = Callable[[], None]
"""Called by the work when a part of it is done."""


async def watched(report: Report, phase: str, call: Callable[[Step], T], *, total: int = 0) -> T:
    """Return what the call returns; other work of this process goes on meanwhile."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1

    running = asyncio.create_task(asyncio.to_thread(call, step))
    while not running.done():
        await report(phase, done, total)
        await asyncio.wait({running}, timeout=BEAT_SECONDS)
    return running.result()
