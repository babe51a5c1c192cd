"""Letters about offers: to both guardians, each in their own language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from opptak.admission.seekers import Seeker
from opptak.documents.schemas import LetterKind, LetterRequest
from opptak.documents.service import Letters
from opptak.facilities.week import EVERY_DAY, attendance
from opptak.hooks.providers import RuleSet
from opptak.offers.models import Offer
from opptak.people.schemas import GuardianView
from opptak.tenancy.context import Work

__all__ = ("Sentences", "expired_letters", "offer_letters", "outcome_letters", "post", "reminder_letters")

Sentences = Callable[[str], Sequence[Mapping[str, Any]]]
"""Reasons in a language: message keys with their parameters."""

LINK = "/"
"""Where a reader goes on: the front page of the parents' portal knows what is waiting for them."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is about: the application, the offer if there is one, and the name of its facility."""

    seeker: Seeker
    offer: Offer
    facility: str


async def post(work: Work, requests: Iterable[LetterRequest]) -> None:
    """Write the letters and have them sent."""
    written = list(requests)
    if written:
        await Letters(work).post_all(written)


def offer_letters(work: Work, about: About, *, reasons: Sentences | None = None) -> Iterator[LetterRequest]:
    """Yield the letters that offer a place."""
    for guardian, language in _readers(work, about.seeker):
        yield _request(
            LetterKind.OFFER,
            about,
            guardian,
            language,
            starts_on=about.offer.starts_on.isoformat(),
            days=about.offer.days_per_week,
            **_weekdays(about.offer),
            **_answer_by(about.offer),
            sentences=list(reasons(language)) if reasons else [],
        )


def reminder_letters(work: Work, about: About, *, step: int) -> Iterator[LetterRequest]:
    """Yield the letters that remind of an offer nobody has answered; `step` counts from 1."""
    for guardian, language in _readers(work, about.seeker):
        yield _request(
            LetterKind.OFFER_REMINDER, about, guardian, language, suffix=f":{step}", **_answer_by(about.offer)
        )


def expired_letters(work: Work, about: About) -> Iterator[LetterRequest]:
    """Yield the letters that tell of an offer that has lapsed."""
    for guardian, language in _readers(work, about.seeker):
        yield _request(LetterKind.OFFER_EXPIRED, about, guardian, language)


def outcome_letters(
    work: Work, seeker: Seeker, *, waiting: bool, reasons: Sentences
) -> Iterator[LetterRequest]:
    """Yield the letters to those who got no offer: whether they are in line, why, and how to complain."""
    notice = work.tenant.plugins.require(RuleSet).notice("letter")
    kind = LetterKind.WAITING if waiting else LetterKind.REFUSED
    for guardian, language in _readers(work, seeker):
        yield LetterRequest(
            kind=kind,
            recipient_id=guardian.id,
            application_id=seeker.application_id,
            language=language,
            key=f"outcome:{seeker.application_id}:{guardian.id}",
            content={
                "case_number": seeker.case_number,
                "complaint_days": notice.complaint_days,
                "sentences": list(reasons(language)),
                "link": LINK,
            },
        )


def _request(
    kind: LetterKind, about: About, guardian: GuardianView, language: str, *, suffix: str = "", **content: Any
) -> LetterRequest:
    return LetterRequest(
        kind=kind,
        recipient_id=guardian.id,
        application_id=about.seeker.application_id,
        language=language,
        key=f"{kind}:{about.offer.id}{suffix}:{guardian.id}",
        content={
            "case_number": about.seeker.case_number,
            "facility": about.facility,
            "link": LINK,
            **content,
        },
    )


def _weekdays(offer: Offer) -> dict[str, Any]:
    """Return the days of a place on some days of the week; a whole week names none."""
    return {"weekdays": offer.weekdays} if offer.weekdays and attendance(offer.weekdays) != EVERY_DAY else {}


def _answer_by(offer: Offer) -> dict[str, str]:
    return {"answer_by": offer.answer_by.isoformat()} if offer.answer_by else {}


def _readers(work: Work, seeker: Seeker) -> Iterator[tuple[GuardianView, str]]:
    for guardian in seeker.guardians:
        yield guardian, guardian.letter_language(work.tenant)
