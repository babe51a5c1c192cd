"""Time is injected: deadlines can be tested and the demo can travel."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ("Clock", "SharedClock", "SystemClock", "TravelClock", "today")


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


class SharedClock:
    """A ticking clock whose hand is a file, so that several processes travel together.

    The file holds the instant shown and the machine's instant at which it was set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._base = SystemClock()
        self._seen: tuple[int, int] | None = None
        self._ahead = timedelta()

    def travel_to(self, moment: datetime) -> None:
        """Set the clock for everybody; `moment` must be aware."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        aside.write_text(f"{moment.isoformat()} {self._base.now().isoformat()}")
        aside.replace(self._path)

    def travel(self, by: timedelta) -> None:
        """Move the clock forwards (or back) by a span."""
        self.travel_to(self.now() + by)

    def now(self) -> datetime:
        """Return the instant the file shows by now; raises FileNotFoundError before the first setting."""
        status = self._path.stat()
        if (mark := (status.st_ino, status.st_mtime_ns)) != self._seen:
            shown, set_at = map(datetime.fromisoformat, self._path.read_text().split())
            self._ahead, self._seen = shown.astimezone(UTC) - set_at, mark
        return self._base.now() + self._ahead


def today(clock: Clock, zone: str) -> date:
    """Return the calendar day at `zone` (an IANA name): a deadline is local."""
    return clock.now().astimezone(ZoneInfo(zone)).date()
