"""Synthetic parents: what each family answers, decided by the seed and nothing else. Pure."""

import hashlib
import random
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from opptak.admission.schemas import Answer, Answers, ApplicationView, RoundView

__all__ = ("Reply", "answers", "first_reply", "reply_to_offer")

_ANSWERING = 88
"""Share in per cent of families that answer a prefilled application in time."""

_NOT_WANTING = ((Answer.NOT_NOW, 3), (Answer.STAYS_HOME, 3), (Answer.ELSEWHERE, 2))
"""Shares in per cent of those who answer no."""

_DAYS = ((5, 88), (4, 6), (3, 5), (2, 1))
"""Days a week and their shares, after Statistics Norway's table of agreed hours."""


class Reply(StrEnum):
    """What a family does with an offer."""

    ACCEPT = "accept"
    ACCEPT_STAYING_LISTED = "accept_staying_listed"
    DECLINE = "decline"
    SILENT = "silent"


def first_reply(view: ApplicationView, *, seed: int) -> Answer:
    """Return what the family says to the prefilled application; `none` is silence."""
    chance = _chance(seed, "answer", view)
    if chance.randrange(100) >= _ANSWERING:
        return Answer.NONE
    drawn = chance.randrange(100)
    for answer, share in _NOT_WANTING:
        if drawn < share:
            return answer
        drawn -= share
    return Answer.YES


def answers(view: ApplicationView, intake: RoundView, facilities: Sequence[UUID], *, seed: int) -> Answers:
    """Return the two answers, and for some families wishes in another order than the draft's."""
    chance = _chance(seed, "wishes", view)
    days = chance.choices([days for days, _ in _DAYS], weights=[share for _, share in _DAYS])[0]
    wishes = [wish.facility_id for wish in view.wishes]
    if chance.random() < 0.3 and len(wishes) > 1:
        wishes[0], wishes[1] = wishes[1], wishes[0]
    if not wishes or chance.random() < 0.15:
        others = [facility for facility in facilities if facility not in wishes]
        wishes = (chance.sample(others, k=min(1, len(others))) + wishes)[: intake.max_wishes]
    return Answers(
        start_on=_start(view, intake, chance),
        days_per_week=days if days in intake.days_choices else intake.days_choices[0],
        wishes=tuple(wishes),
        accepts_elsewhere=chance.random() < 0.8,
    )


def reply_to_offer(view: ApplicationView, rank: int | None, *, seed: int) -> Reply:
    """Return what the family does with an offer of its `rank`-th wish (None: nobody's wish)."""
    drawn = _chance(seed, "offer", view).random()
    if drawn < 0.05:
        return Reply.SILENT
    if drawn < (0.13 if rank == 1 else 0.3):
        return Reply.DECLINE
    return Reply.ACCEPT if rank == 1 or drawn < 0.7 else Reply.ACCEPT_STAYING_LISTED


def _start(view: ApplicationView, intake: RoundView, chance: random.Random) -> date:
    latest = min(view.latest_start or intake.latest_start, intake.latest_start)
    first = max(intake.starts_on, _first_birthday(view.child_born_on))
    if first >= latest or chance.random() < 0.7:
        return min(first, latest)
    return first + timedelta(days=chance.randrange((latest - first).days + 1))


def _first_birthday(born_on: date) -> date:
    day = born_on - timedelta(days=1) if (born_on.month, born_on.day) == (2, 29) else born_on
    return day.replace(year=born_on.year + 1)


def _chance(seed: int, question: str, view: ApplicationView) -> random.Random:
    """Return the family's own luck, the same in every run: ids and case numbers are not."""
    key = f"{seed}|{question}|{view.child_born_on}|{view.child_name}"
    return random.Random(hashlib.sha256(key.encode()).digest())  # noqa: S311 -- families are invented
