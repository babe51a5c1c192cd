"""Where a round stands in the year, as somebody who wants a place sees it."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from opptak.tenancy.config import RoundConfig

__all__ = ("Calendar", "Phase", "calendar", "round_ahead")


class Phase(StrEnum):
    """Whether one can apply."""

    AHEAD = "ahead"
    OPEN = "open"
    LATE = "late"
    """The deadline has passed; who applies now stands behind the others."""


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A round seen from a day; `days_left` counts the days until its deadline, 0 on the last one."""

    round: RoundConfig
    phase: Phase
    days_left: int


def round_ahead(rounds: Sequence[RoundConfig], today: date) -> RoundConfig | None:
    """Return the round people apply in on a day: the next deadline, else the newest round."""
    ahead = [one for one in rounds if one.deadline >= today]
    if ahead:
        return min(ahead, key=lambda one: one.deadline)
    return max(rounds, key=lambda one: one.deadline, default=None)


def calendar(config: RoundConfig, today: date) -> Calendar:
    """Return the round as it looks on a day."""
    phase = Phase.OPEN if today <= config.deadline else Phase.LATE
    if today < config.opens_on:
        phase = Phase.AHEAD
    return Calendar(round=config, phase=phase, days_left=max(0, (config.deadline - today).days))
