"""How fast the story goes: never so fast that it is over before it was broken."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ("Pace",)

_LONGEST_ANSWER = 0.06
"""Seconds an authority may take over an answer, so that what is cut is often under way."""


class Pace:
    """Answers from outside take their time, and none at all comes while something is about to be broken."""

    def __init__(self, *, seed: int) -> None:
        self._luck = random.Random(seed)  # noqa: S311 -- how long answers take, guards nothing
        self._free = asyncio.Event()
        self._free.set()

    async def answer(self) -> None:
        """Take the time of an answer."""
        await asyncio.sleep(self._luck.uniform(0, _LONGEST_ANSWER))
        await self._free.wait()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the story back."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()
