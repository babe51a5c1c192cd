"""States of offers and waiting lists, and the values the service gives and takes."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

__all__ = (
    "AnswersDue",
    "EntryState",
    "Grant",
    "InLine",
    "InQueue",
    "OfferCounts",
    "OfferFilter",
    "OfferRow",
    "OfferStatus",
    "OfferView",
    "Queue",
    "Standing",
    "WaitingView",
)


class OfferStatus(StrEnum):
    """Where an offer stands."""

    HELD = "held"
    """The place is kept; nobody has been told."""
    SENT = "sent"
    ACCEPTED = "accepted"
    ACCEPTED_STAYING_LISTED = "accepted_staying_listed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """Given up for a place the parents wished for more."""


class EntryState(StrEnum):
    """Where a child stands on a waiting list."""

    WAITING = "waiting"
    OFFERED = "offered"
    PLACED = "placed"
    WITHDRAWN = "withdrawn"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A place an allocation gives; `wish_rank` is None where nobody wished for it."""

    application_id: UUID
    child_id: UUID
    unit_id: UUID
    facility_id: UUID
    wish_rank: int | None
    starts_on: date
    days_per_week: int
    weekdays: tuple[int, ...] | None = None
    """0 to 4 from Monday on; None where places are not given out by weekday."""


class InLine(msgspec.Struct, frozen=True, kw_only=True):
    """A child who would rather have a place in a unit than what it got; `position` counts from 1."""

    application_id: UUID
    child_id: UUID
    unit_id: UUID
    facility_id: UUID
    position: int


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as parents and staff see it."""

    id: UUID
    application_id: UUID
    child_id: UUID
    unit_id: UUID
    facility_id: UUID
    facility_name: str
    wish_rank: int | None
    starts_on: date
    days_per_week: int
    weekdays: tuple[int, ...] | None = None
    """0 to 4 from Monday on; None where places are not given out by weekday."""
    status: OfferStatus
    answer_by: date | None
    """Last day to answer."""
    answered_at: datetime | None
    cascade_of: UUID | None
    can_stay_listed: bool
    """Whether the child also waits for a place that was wished for more."""


class OfferFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which offers a list shows; empty fields match everything."""

    round_id: UUID | None = None
    statuses: tuple[OfferStatus, ...] = ()
    unit_id: UUID | None = None
    overdue_on: date | None = None
    """Sent, and to be answered before this day."""
    page: int = 1
    size: int = 50


class OfferRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer in a list of the staff."""

    offer: OfferView
    child_name: str


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A child's place in a line: `position` counts from 1 among those who still wait."""

    facility_id: UUID
    facility_name: str
    unit_id: UUID
    position: int


class AnswersDue(msgspec.Struct, frozen=True, kw_only=True):
    """Offers nobody has answered: those whose last day has passed, and those whose last day is near."""

    overdue: int
    soon: int
    first: date | None
    """The nearest last day that has not passed."""


class InQueue(msgspec.Struct, frozen=True, kw_only=True):
    """A child on a waiting list; `position` counts from 1 among those who still wait."""

    application_id: UUID
    child_name: str
    position: int


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting list of a unit, first in line first."""

    unit_id: UUID
    facility_id: UUID
    facility_name: str
    unit_name: str
    entries: tuple[InQueue, ...]


class OfferCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a round; `waiting` counts children in line."""

    sent: int
    accepted: int
    declined: int
    expired: int
    unanswered: int
    reoffered: int
    """Offers of places that had become vacant."""
    by_rank: Mapping[str, int]
    """Accepted places by the rank of the wish, as text; `none` for places nobody wished for."""
    waiting: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where offers have brought an application so far: it can still get what it is in line for, no more."""

    held_unit: UUID | None
    """Unit of the place that is offered, or accepted while staying listed."""
    held_weekdays: tuple[int, ...] | None = None
    """Days of that place, 0 to 4; None where places are not given out by weekday."""
    listed: frozenset[UUID]
    """Units it is in line for."""
