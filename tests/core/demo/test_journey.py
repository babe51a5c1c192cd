"""Several stories on one clock: nobody is taken past a day of their own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from opptak.demo.journey import Journey
from opptak.demo.stage import Stage
from opptak.kit.clock import TravelClock


def day(number: int) -> datetime:
    """Return a moment in January."""
    return datetime(2027, 1, number, tzinfo=UTC)


class Walk:
    """A journey on a clock of its own, and where everybody was when."""

    def __init__(self) -> None:
        self.clock = TravelClock(day(1))
        self.stops: list[int] = []
        self.seen: list[tuple[str, int]] = []
        stage = SimpleNamespace(clock=self.clock, go_to=self._go_to)
        self.journey = Journey(cast("Stage", stage))

    async def _go_to(self, moment: datetime) -> None:
        self.clock.travel_to(moment)
        self.stops.append(moment.day)

    async def story(self, name: str, *days: int) -> str:
        """Go from day to day, and do a little on each."""
        for number in days:
            await self.journey.until(day(number))
            await asyncio.sleep(0)
            self.seen.append((name, self.clock.now().day))
        return name


async def test_stories_meet_each_of_their_own_days_and_no_other() -> None:
    walk = Walk()
    told = await walk.journey.together([walk.story("a", 3, 9, 20), walk.story("b", 5, 9), walk.story("c")])
    assert told == ["a", "b", "c"]
    assert sorted(walk.seen) == [("a", 3), ("a", 9), ("a", 20), ("b", 5), ("b", 9)]
    assert walk.stops == [3, 5, 9, 20]


async def test_alone_one_travels_at_once_and_never_back() -> None:
    walk = Walk()
    await walk.story("a", 4, 2)
    assert (walk.stops, walk.seen) == ([4], [("a", 4), ("a", 4)])


async def test_story_that_fails_ends_the_others_where_they_wait() -> None:
    walk = Walk()

    async def failing() -> str:
        await walk.journey.until(day(2))
        raise LookupError("stuck")

    stories: Sequence[object] = [walk.story("a", 5), failing()]
    with pytest.raises(LookupError, match="stuck"):
        await walk.journey.together(stories)  # type: ignore[arg-type]
    assert walk.seen == []
