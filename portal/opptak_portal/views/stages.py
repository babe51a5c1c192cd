"""Where a child's application stands, in the one word that decides what a parent is told and can do."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from opptak.admission.schemas import (
    Answer,
    ApplicationStatus,
    ApplicationView,
    ClaimState,
)
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.tenancy.config import RoundConfig
from opptak.ui.engine import FlashColor
from opptak_portal.views.calendar import Phase, calendar

__all__ = ("LOOKS", "Look", "Stage", "current_offer", "stage_of")


class Stage(StrEnum):
    """What a parent needs to know first; the words are the messages `portal.stage.<stage>.*`."""

    UNWRITTEN = "unwritten"
    """Nobody has applied for the child."""
    PLACED = "placed"
    """The child has a place and nobody has applied for another."""
    TO_ANSWER = "to_answer"
    TO_ANSWER_LATE = "to_answer_late"
    NOT_WANTED = "not_wanted"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    SENT_LATE = "sent_late"
    PROOF_MISSING = "proof_missing"
    IN_REVIEW = "in_review"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ACCEPTED_LISTED = "accepted_listed"
    WAITING = "waiting"
    TURNED_DOWN = "turned_down"
    LAPSED = "lapsed"
    NO_PLACE = "no_place"


class Look(msgspec.Struct, frozen=True):
    """How a stage is marked, and the page its button leads to: `path` follows the application's address."""

    color: str
    path: str = "/status"
    urgent: bool = False
    """Whether the parent has to do something."""


_WAIT = Look(FlashColor.INFO)

LOOKS: Mapping[Stage, Look] = {
    Stage.UNWRITTEN: Look("neutral"),
    Stage.PLACED: Look(FlashColor.SUCCESS),
    Stage.TO_ANSWER: Look(FlashColor.WARNING, "", urgent=True),
    Stage.TO_ANSWER_LATE: Look(FlashColor.WARNING, "", urgent=True),
    Stage.NOT_WANTED: Look("neutral", ""),
    Stage.WITHDRAWN: Look("neutral", ""),
    Stage.SENT: _WAIT,
    Stage.SENT_LATE: _WAIT,
    Stage.PROOF_MISSING: Look(FlashColor.WARNING, urgent=True),
    Stage.IN_REVIEW: _WAIT,
    Stage.OFFERED: Look(FlashColor.SUCCESS, urgent=True),
    Stage.ACCEPTED: Look(FlashColor.SUCCESS),
    Stage.ACCEPTED_LISTED: Look(FlashColor.SUCCESS),
    Stage.WAITING: _WAIT,
    Stage.TURNED_DOWN: Look("neutral"),
    Stage.LAPSED: Look("neutral"),
    Stage.NO_PLACE: Look("neutral"),
}
"""For each stage how it looks; an offer has a page of its own, whatever `path` says."""

_BY_OFFER: Mapping[OfferStatus, Stage] = {
    OfferStatus.SENT: Stage.OFFERED,
    OfferStatus.ACCEPTED: Stage.ACCEPTED,
    OfferStatus.ACCEPTED_STAYING_LISTED: Stage.ACCEPTED_LISTED,
}

_GONE: Mapping[OfferStatus, Stage] = {
    OfferStatus.DECLINED: Stage.TURNED_DOWN,
    OfferStatus.EXPIRED: Stage.LAPSED,
}

_REFUSALS = frozenset({Answer.NOT_NOW, Answer.STAYS_HOME, Answer.ELSEWHERE})


def current_offer(offers: Sequence[OfferView]) -> OfferView | None:
    """Return the offer that matters now: one to answer, else the one accepted, else the newest.

    What is only held, or was given up for something better, is never told.
    """
    told = [one for one in offers if one.status not in (OfferStatus.HELD, OfferStatus.WITHDRAWN)]
    for status in _BY_OFFER:
        for offer in told:
            if offer.status is status:
                return offer
    return told[0] if told else None


def stage_of(
    application: ApplicationView, offer: OfferView | None, *, config: RoundConfig, today: date
) -> Stage:
    """Return where an application stands on a day."""
    if offer is not None and offer.status in _BY_OFFER:
        return _BY_OFFER[offer.status]
    match application.status:
        case ApplicationStatus.DRAFTED:
            return _drafted(application, late=calendar(config, today).phase is Phase.LATE)
        case ApplicationStatus.WITHDRAWN:
            return Stage.NOT_WANTED if application.answer in _REFUSALS else Stage.WITHDRAWN
        case ApplicationStatus.SUBMITTED if not _lacks_proof(application):
            return Stage.SENT_LATE if application.late else Stage.SENT
        case ApplicationStatus.WAITING:
            return Stage.WAITING
        case ApplicationStatus.NOT_ALLOCATED | ApplicationStatus.DECLINED | ApplicationStatus.LAPSED:
            return _GONE.get(offer.status, Stage.NO_PLACE) if offer else Stage.NO_PLACE
    return Stage.PROOF_MISSING if _lacks_proof(application) else Stage.IN_REVIEW


def _drafted(application: ApplicationView, *, late: bool) -> Stage:
    if application.answer in _REFUSALS:
        return Stage.NOT_WANTED
    return Stage.TO_ANSWER_LATE if late else Stage.TO_ANSWER


def _lacks_proof(application: ApplicationView) -> bool:
    return any(claim.state is ClaimState.PROOF_REQUESTED for claim in application.claims)
