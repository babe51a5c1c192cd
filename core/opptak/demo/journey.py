"""The way through time, for several stories on one clock.

Each municipality has days of its own. The clock goes on when every story waits for a day, to the first of
those days, so that what a story sees does not hang on which others are told beside it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from opptak.demo.stage import Stage

__all__ = ("Journey",)

T = TypeVar("T")


class Journey:
    """Those who travel; outside `together`, whoever asks travels at once."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._awake = 0
        self._waiting: list[tuple[datetime, asyncio.Future[None]]] = []

    async def together(self, stories: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
        """Run stories side by side and return what each gives; the first that fails ends them all."""
        self._awake = len(stories)
        tasks: list[asyncio.Task[T]] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks += [group.create_task(self._told(story)) for story in stories]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def until(self, moment: datetime) -> None:
        """Return when it is that late; at once if it is already."""
        if moment <= self._stage.clock.now():
            return
        if not self._awake:
            await self._stage.go_to(moment)
            return
        arrival = asyncio.get_running_loop().create_future()
        self._waiting.append((moment, arrival))
        await self._rested()
        await arrival

    async def _told(self, story: Coroutine[Any, Any, T]) -> T:
        told = await story
        await self._rested()
        return told

    async def _rested(self) -> None:
        """One fewer is awake; when nobody is, the clock goes on to the first day somebody waits for."""
        self._awake -= 1
        if self._awake or not self._waiting:
            return
        moment = min(moment for moment, _ in self._waiting)
        arrived = [arrival for when, arrival in self._waiting if when == moment]
        self._waiting = [(when, arrival) for when, arrival in self._waiting if when != moment]
        self._awake = len(arrived)
        await self._stage.go_to(moment)
        for arrival in arrived:
            arrival.set_result(None)
