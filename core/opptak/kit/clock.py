"""Time is injected: deadlines can be tested and the demo can travel."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ("Clock", "SystemClock", "TravelClock", "today")


class Clock(Protocol):
    """Source of the current instant."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)


class TravelClock:
    """A clock that is set by hand; with `ticking` it goes on from there at normal speed."""

    def __init__(self, start: datetime, *, ticking: bool = False) -> None:
        self._base = SystemClock()
        self._ticking = ticking
        self.travel_to(start)

    def travel_to(self, moment: datetime) -> None:
        """Set the clock; `moment` must be aware."""
        self._moment = moment.astimezone(UTC)
        self._set_at = self._base.now()

    def travel(self, by: timedelta) -> None:
        """Move the clock forwards (or back) by a span."""
        self.travel_to(self.now() + by)

    def now(self) -> datetime:
        """Return the instant the clock was set to, plus what has passed since when ticking."""
        if not self._ticking:
            return self._moment
        return self._moment + (self._base.now() - self._set_at)


def today(clock: Clock, zone: str) -> date:
    """Return the calendar day at `zone` (an IANA name): a deadline is local."""
    return clock.now().astimezone(ZoneInfo(zone)).date()
