"""The application as a parent sees it: what has been filled in, in words, and the form's first values."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from opptak.admission.schemas import ApplicationView, ClaimState, Fact, HouseChoice, WishView
from opptak.tenancy.config import RoundConfig
from opptak.ui.dates import write_date
from opptak_portal.views.words import Words

__all__ = (
    "Days",
    "Ranked",
    "Right",
    "Row",
    "days_choices",
    "first_values",
    "may_declare",
    "priority_state",
    "ranked",
    "right",
    "rows",
)


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of days a week."""

    value: int
    label: str


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the law gives the child a place, in a sentence, and why."""

    entitled: bool
    text: str
    reason: str


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A wish as a row."""

    value: UUID
    label: str
    text: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what has been filled in; `change` names the page where it can be changed."""

    term: str
    texts: tuple[str, ...]
    change: str
    numbered: bool = False


def first_values(application: ApplicationView, config: RoundConfig) -> dict[str, str]:
    """Return what the form is filled with: the answers so far, else the day most families start."""
    start = application.start_on or _likely_start(application.child_born_on, config)
    days = application.days_per_week
    return {**write_date("start_on", start), "days_per_week": str(days or "")}


def days_choices(config: RoundConfig, words: Words) -> tuple[Days, ...]:
    """Return the choices of days a week, most days first."""
    return tuple(
        Days(value=days, label=words.plural("portal.days", days))
        for days in sorted(config.days_choices, reverse=True)
    )


def right(application: ApplicationView, config: RoundConfig, words: Words, *, today: date) -> Right:
    """Return what the law gives the child; an application that comes too late loses it."""
    late = application.late or (application.submitted_at is None and today > config.deadline)
    if application.entitled and not late:
        return Right(
            entitled=True,
            text=words("portal.right.entitled", latest_start=application.latest_start or config.starts_on),
            reason=_reason(application, words),
        )
    key = "portal.right.late" if late else "portal.right.none"
    return Right(entitled=False, text=words(key), reason="" if late else _reason(application, words))


def ranked(
    chosen: Sequence[UUID], application: ApplicationView, choices: Sequence[HouseChoice], words: Words
) -> tuple[Ranked, ...]:
    """Return wishes as rows, best first; a house that is neither wished nor offered is left out."""
    known: Mapping[UUID, tuple[str, int | None]] = {
        **{one.facility_id: (one.facility_name, one.distance_m) for one in choices},
        **{one.facility_id: (one.facility_name, one.distance_m) for one in application.wishes},
    }
    return tuple(
        Ranked(value=facility, label=known[facility][0], text=words.distance(known[facility][1]))
        for facility in chosen
        if facility in known
    )


def rows(application: ApplicationView, words: Words) -> tuple[Row, ...]:
    """Return what is filled in besides the two answers."""
    wishes = tuple(_wish(one, words) for one in application.wishes)
    elsewhere = words("portal.yes" if application.accepts_elsewhere else "portal.no")
    return (
        Row(
            term=words("portal.application.wishes"),
            texts=wishes or (words("portal.application.no_wishes"),),
            change="wishes",
            numbered=bool(wishes),
        ),
        Row(term=words("portal.application.elsewhere"), texts=(elsewhere,), change="wishes"),
        Row(
            term=words("portal.application.priority"),
            texts=(words(f"portal.priority.{priority_state(application)}"),),
            change="priority",
        ),
    )


def priority_state(application: ApplicationView) -> str:
    """Return what is known of the priority by law: `none`, or the state of the claim."""
    states = [claim.state for claim in application.claims if claim.fact is Fact.STATUTORY_PRIORITY]
    return states[0] if states else "none"


def may_declare(application: ApplicationView) -> bool:
    """Return whether the parents may state the priority by law or take it back: nobody has decided on it."""
    return priority_state(application) not in (ClaimState.VERIFIED, ClaimState.REFUSED)


def _wish(wish: WishView, words: Words) -> str:
    distance = words.distance(wish.distance_m)
    return f"{wish.facility_name} ({distance})" if distance else wish.facility_name


def _reason(application: ApplicationView, words: Words) -> str:
    return words.known(application.entitled_reason)


def _likely_start(born_on: date, config: RoundConfig) -> date:
    """Return the round's first day, or the first birthday where that comes later."""
    # A child born on 29 February turns one on the last day of the month.
    last = monthrange(born_on.year + 1, born_on.month)[1]
    birthday = date(born_on.year + 1, born_on.month, min(born_on.day, last))
    return min(max(config.starts_on, birthday), config.latest_start)
