"""The event feed: national, numbered with gaps, kept for 36 months."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random

from msgspec import Struct

from opptak_simulators.no.refusals import Refusal
from opptak_simulators.no.tokens import Clock
from opptak_simulators.society.model import Country, Grading, Person, Sex
from opptak_simulators.society.numbers import NumberSeries

PAGE_SIZE = 1000
_FIRST_NUMBER = 5_000_000
_KEPT = timedelta(days=36 * 30)
_WIDEST_GAP = 7
_STRANGERS_BETWEEN = 4
_STRANGER_BORN = date(1940, 1, 1)
_STRANGER_DAYS = 21_000
_STRANGER_EVENTS = ("endringIBostedsadresse", "endringISivilstand", "personErFlyttetTilNyttSystem")
"""Events about people elsewhere; the last type is one no client has heard of."""


class Event(Struct, frozen=True):
    number: int
    at: datetime
    person: str
    type: str


class Feed:
    """The events a country has seen, growing with the clock."""

    def __init__(self, country: Country, *, clock: Clock) -> None:
        self._country = country
        self._clock = clock

    @cached_property
    def _events(self) -> list[Event]:
        rng = Random(f"feed/{self._country.seed}")  # noqa: S311 - reproducible on purpose
        strangers = NumberSeries(rng, lane=0)
        number, events = _FIRST_NUMBER, []
        for at, person, kind in sorted(_happenings(self._country)):
            number += rng.randrange(1, _WIDEST_GAP)
            events.append(Event(number, at, person, kind))
            for _ in range(_STRANGERS_BETWEEN):
                number += rng.randrange(1, _WIDEST_GAP)
                stranger = strangers.draw(_stranger_born(rng), Sex.MALE)
                events.append(Event(number, at, stranger, rng.choice(_STRANGER_EVENTS)))
        return events

    @cached_property
    def _numbers(self) -> list[int]:
        return [event.number for event in self._events]

    def last_number(self) -> int:
        """Number of the newest event so far."""
        visible = self._visible()
        return self._events[visible - 1].number if visible else _FIRST_NUMBER

    def page(self, first: int) -> list[Event]:
        """Up to 1000 events from a number on, the number included; 406 for one too old."""
        if first < self._oldest_number():
            raise Refusal(406, "Ugyldig sekvensnummer", code="FREG-406")
        start = bisect_left(self._numbers, first)
        return self._events[start : min(start + PAGE_SIZE, self._visible())]

    def _visible(self) -> int:
        return bisect_left(self._events, self._clock(), key=lambda event: event.at)

    def _oldest_number(self) -> int:
        horizon = self._clock() - _KEPT
        oldest = bisect_left(self._events, horizon, key=lambda event: event.at)
        return self._numbers[oldest] if oldest < len(self._numbers) else self.last_number()


def _stranger_born(rng: Random) -> date:
    return _STRANGER_BORN + timedelta(days=rng.randrange(_STRANGER_DAYS))


def etag(first: int, events: list[Event]) -> str:
    """Changes exactly when the page does."""
    mark = f"{first}/{len(events)}/{events[-1].number if events else 0}"
    return f'"{hashlib.sha256(mark.encode()).hexdigest()[:16]}"'


def _happenings(country: Country) -> Iterator[tuple[datetime, str, str]]:
    for person in country.people.values():
        for day, kind in _of_person(person):
            yield _moment(day, person.pid), person.pid, kind


def _of_person(person: Person) -> Iterator[tuple[date, str]]:
    if person.custody:
        yield person.born, "personErOpprettet"
        yield person.born, "endringIForeldreansvar"
    if person.residence is not None:
        yield person.settled, "endringIBostedsadresse"
    if person.protection is not Grading.OPEN:
        yield person.settled, "endringIAdressebeskyttelse"
    if person.former_numbers:
        yield person.settled, "personErViderefoertSomGjeldendeVedSammenslaaing"
    if person.north_sami:
        yield person.settled, "endringIBrukAvSamiskSpraak"
    if person.died is not None:
        yield person.died, "personErDoed"
    for move in person.moves:
        yield move.on, "endringIBostedsadresse"


def _moment(day: date, pid: str) -> datetime:
    """Within working hours, spread by the number."""
    return datetime.combine(day, time(7), tzinfo=UTC) + timedelta(seconds=int(pid[4:]) % 32_400)
