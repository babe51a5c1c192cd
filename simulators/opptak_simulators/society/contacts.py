"""What grown-ups left in the contact and reservation register (KRR)."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from opptak_simulators.society.model import (
    Channel,
    Contact,
    ContactStatus,
    Mailbox,
    Person,
)

_GROWN_UP = 18
_STALE_DAYS = 640
_MAILBOX_SUPPLIERS = ("984661185", "922020175")


class Habit(StrEnum):
    """How somebody keeps the register's entry about themselves."""

    BOTH = "both"
    MOBILE_ONLY = "mobile_only"
    EMAIL_ONLY = "email_only"
    NOTHING = "nothing"
    DELETED = "deleted"
    RESERVED = "reserved"
    STALE = "stale"
    ABSENT = "absent"


_WEIGHTS = {
    Habit.BOTH: 78,
    Habit.MOBILE_ONLY: 5,
    Habit.EMAIL_ONLY: 4,
    Habit.NOTHING: 2,
    Habit.DELETED: 1,
    Habit.RESERVED: 4,
    Habit.STALE: 4,
    Habit.ABSENT: 2,
}


def contacts(people: Iterable[Person], *, rng: Random, today: date) -> dict[str, Contact]:
    """Entries of everybody grown up; each habit occurs before chance takes over."""
    opening = list(Habit)
    entries: dict[str, Contact] = {}
    for person in people:
        if today.year - person.born.year < _GROWN_UP or person.died is not None:
            continue
        habit = opening.pop() if opening else _habit(rng)
        entry = _BUILDERS[habit](person, rng, _noon(today))
        if entry is not None:
            entries[person.pid] = entry
    return entries


def _habit(rng: Random) -> Habit:
    return rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _both(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(
        status=ContactStatus.ACTIVE,
        email=_channel(_email(rng), rng, now),
        mobile=_channel(_mobile(rng), rng, now),
        language=_language(person, rng),
        mailbox=_mailbox(rng),
    )


def _mobile_only(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(
        status=ContactStatus.ACTIVE,
        mobile=_channel(_mobile(rng), rng, now),
        language=_language(person, rng),
    )


def _email_only(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(
        status=ContactStatus.ACTIVE,
        email=_channel(_email(rng), rng, now),
        language=_language(person, rng),
    )


def _nothing(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(status=ContactStatus.ACTIVE, language=_language(person, rng))


def _deleted(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(status=ContactStatus.DELETED)


def _reserved(person: Person, rng: Random, now: datetime) -> Contact:
    return Contact(
        status=ContactStatus.ACTIVE,
        mobile=_channel(_mobile(rng), rng, now),
        reserved=now - timedelta(days=rng.randrange(30, 900)),
        language=_language(person, rng),
    )


def _stale(person: Person, rng: Random, now: datetime) -> Contact:
    """Nothing touched for more than the eighteen months of eForvaltningsforskriften § 32."""
    before = now - timedelta(days=_STALE_DAYS)
    return Contact(
        status=ContactStatus.ACTIVE,
        email=_channel(_email(rng), rng, before),
        mobile=_channel(_mobile(rng), rng, before),
        language=_language(person, rng),
    )


def _absent(person: Person, rng: Random, now: datetime) -> None:
    return None


def _channel(value: str, rng: Random, newest: datetime) -> Channel:
    verified = newest - timedelta(days=rng.randrange(1, 300))
    return Channel(value=value, updated=verified - timedelta(days=rng.randrange(400)), verified=verified)


def _email(rng: Random) -> str:
    return f"foresatt{rng.randrange(10**6):06}@example.org"


def _mobile(rng: Random) -> str:
    return f"+4700{rng.randrange(10**6):06}"


def _mailbox(rng: Random) -> Mailbox | None:
    if rng.random() < 0.5:
        return None
    return Mailbox(f"postkasse#{rng.randrange(10**4):04}", rng.choice(_MAILBOX_SUPPLIERS))


def _language(person: Person, rng: Random) -> str | None:
    if person.north_sami and rng.random() < 0.7:
        return "se"
    if person.citizenship != "NOR":
        return "en"
    return rng.choices(("nb", "nn", None), (88, 4, 8))[0]


_BUILDERS: dict[Habit, Callable[[Person, Random, datetime], Contact | None]] = {
    Habit.BOTH: _both,
    Habit.MOBILE_ONLY: _mobile_only,
    Habit.EMAIL_ONLY: _email_only,
    Habit.NOTHING: _nothing,
    Habit.DELETED: _deleted,
    Habit.RESERVED: _reserved,
    Habit.STALE: _stale,
    Habit.ABSENT: _absent,
}
