"""The way from the letter to the first day, as a list of steps with their days."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from opptak.tenancy.config import RoundConfig
from opptak_portal.views.cards import Case
from opptak_portal.views.stages import Stage
from opptak_portal.views.words import Words

__all__ = ("Step", "progress", "way")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `state` is done, current or coming."""

    state: str
    title: str
    when: str = ""
    text: str = ""


def way(config: RoundConfig, words: Words) -> tuple[Step, ...]:
    """Return the steps of a round for everybody, before anybody has taken one."""
    letters = config.outreach.letters_on if config.outreach else config.opens_on
    days: dict[str, dict[str, str | int | date]] = {
        "letter": {"day": letters},
        "answer": {"day": config.deadline},
        "allocation": {"day": config.deadline},
        "offer": {"days": config.offers.answer_days},
        "start": {"day": config.starts_on},
    }
    return tuple(
        Step(
            state="coming",
            title=words(f"portal.way.{name}.title"),
            when=words(f"portal.way.{name}.when", **when),
            text=words(f"portal.way.{name}.text"),
        )
        for name, when in days.items()
    )


_MILESTONES = ("sent", "deadline", "review", "answer", "start")
"""What a case passes; the words are the messages `portal.progress.<milestone>`."""

_REACHED = {
    Stage.SENT: 1,
    Stage.SENT_LATE: 2,
    Stage.PROOF_MISSING: 2,
    Stage.IN_REVIEW: 2,
    Stage.OFFERED: 3,
    Stage.WAITING: 3,
    Stage.TURNED_DOWN: 3,
    Stage.LAPSED: 3,
    Stage.NO_PLACE: 3,
    Stage.ACCEPTED: 4,
    Stage.ACCEPTED_LISTED: 4,
}
"""How many milestones lie behind a case; none while nothing was sent."""

_STANDING = frozenset(
    {
        Stage.WAITING,
        Stage.TURNED_DOWN,
        Stage.LAPSED,
        Stage.NO_PLACE,
        Stage.NOT_WANTED,
        Stage.WITHDRAWN,
    }
)
"""Stages in which nobody knows whether a milestone follows: the way ends with the stage itself."""


def progress(case: Case, words: Words, *, zone: str) -> tuple[Step, ...]:
    """Return the way of a case as far as it is known; `zone` is the tenant's time zone."""
    return tuple(_progress(case, words, ZoneInfo(zone)))


def _progress(case: Case, words: Words, zone: ZoneInfo) -> Iterator[Step]:
    reached = _REACHED.get(case.stage, 0)
    late = case.application is not None and case.application.late
    for number, name in enumerate(_MILESTONES):
        if number >= reached and case.stage in _STANDING:
            yield Step(state="current", title=words(f"portal.stage.{case.stage}.tag"))
            return
        if name == "deadline" and late:
            continue
        yield Step(
            state="done" if number < reached else "current" if number == reached else "coming",
            title=words(f"portal.progress.{name}"),
            when=_when(name, case, words, zone),
        )


def _when(milestone: str, case: Case, words: Words, zone: ZoneInfo) -> str:
    application, offer, config = case.application, case.offer, case.config
    if application is None or config is None:
        return ""
    if milestone == "sent" and application.submitted_at:
        return words("portal.progress.on", day=application.submitted_at.astimezone(zone).date())
    if milestone == "deadline":
        return words("portal.progress.on", day=config.deadline)
    if milestone == "answer" and case.stage is Stage.OFFERED and offer and offer.answer_by:
        return words("portal.progress.by", day=offer.answer_by)
    if milestone == "answer" and offer and offer.answered_at:
        return words("portal.progress.on", day=offer.answered_at.astimezone(zone).date())
    start = offer.starts_on if offer else application.start_on
    return words("portal.progress.from", day=start) if milestone == "start" and start else ""
