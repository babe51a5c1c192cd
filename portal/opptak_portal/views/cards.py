"""A child on the first page: one line, one button."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from opptak.admission.schemas import ApplicationView
from opptak.offers.schemas import OfferView
from opptak.tenancy.config import RoundConfig
from opptak_portal.views.stages import LOOKS, Stage
from opptak_portal.views.words import Words

__all__ = ("Card", "Case", "card", "told")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A child with the application that matters now."""

    child_id: UUID
    name: str
    born_on: date
    stage: Stage
    config: RoundConfig | None
    application: ApplicationView | None = None
    offer: OfferView | None = None
    place: str = ""
    """Name of the facility where the child has a place already."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a case; without `href`, its button starts an application."""

    child_id: UUID
    name: str
    born: str
    tag: str
    color: str
    line: str
    action: str
    href: str
    urgent: bool


def told(case: Case) -> Mapping[str, str | int | date | None]:
    """Return what the words about a case may mention."""
    offer, config = case.offer, case.config
    return {
        "facility": offer.facility_name if offer else case.place,
        "starts_on": offer.starts_on if offer else None,
        "answer_by": offer.answer_by if offer else None,
        "deadline": config.deadline if config else None,
    }


def card(case: Case, words: Words) -> Card:
    """Return the card of a case."""
    look, stage = LOOKS[case.stage], case.stage
    return Card(
        child_id=case.child_id,
        name=case.name,
        born=words("portal.children.born", day=case.born_on),
        tag=words(f"portal.stage.{stage}.tag"),
        color=look.color,
        line=words(f"portal.stage.{stage}.line{_unfilled(case)}", **told(case)),
        action=words(f"portal.stage.{stage}.action"),
        href=_href(case, look.path),
        urgent=look.urgent,
    )


def _unfilled(case: Case) -> str:
    """Return which line to say where we could not fill in any kindergarten: `.unfilled`, else nothing."""
    to_answer = case.stage in (Stage.TO_ANSWER, Stage.TO_ANSWER_LATE)
    return ".unfilled" if to_answer and case.application and not case.application.wishes else ""


def _href(case: Case, path: str) -> str:
    if case.stage is Stage.OFFERED and case.offer:
        return f"/offers/{case.offer.id}"
    return f"/applications/{case.application.id}{path}" if case.application else ""
