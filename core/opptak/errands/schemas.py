"""States and views of errands, and how an errand says how far it is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

__all__ = ("ErrandState", "ErrandView", "Report", "unheard")


class ErrandState(StrEnum):
    """How an errand stands."""

    WAITING = "waiting"
    """Its turn has not come."""
    RUNNING = "running"
    PUT_OFF = "put_off"
    """Something did not answer; it is tried again by itself."""
    STOPPED = "stopped"
    """It failed, and goes on only when somebody has looked at the problem."""
    DONE = "done"
    REFUSED = "refused"
    """It can't be done as things are; nothing was changed."""
    DROPPED = "dropped"
    """Somebody took it off the list of problems."""


class ErrandView(msgspec.Struct, frozen=True, kw_only=True):
    """An errand and how far it is; `phase` is what it does now, `done` of `total` within that."""

    id: UUID
    kind: str
    target_id: UUID
    state: ErrandState
    phase: str
    done: int
    total: int
    asked_by: UUID | None
    asked_at: datetime
    started_at: datetime | None
    heard_at: datetime | None
    ended_at: datetime | None
    again_at: datetime | None
    """When it is tried again, if it was put off."""
    outcome_id: UUID | None
    refusal: str
    """Code of the error that ended it: the message `error.<code>`."""
    refusal_params: Mapping[str, str | int]

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself or by anybody."""
        return self.state in {ErrandState.DONE, ErrandState.REFUSED, ErrandState.DROPPED}


class Report(Protocol):
    """How work says how far it is, so that those who wait see it at once."""

    async def __call__(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Say which phase the work is in: the message `errand.phase.<phase>`."""
        ...


async def unheard(phase: str, done: int = 0, total: int = 0) -> None:
    """Report to nobody: for work that nobody waits for."""
    del phase, done, total
