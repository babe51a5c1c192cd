"""The problem inbox: background work that has stopped until a person looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from opptak.kit import outbox
from opptak.kit.errors import NotFound
from opptak.kit.outbox import OutboxJob, OutboxState
from opptak.tenancy.context import Work

__all__ = ("Problem", "Problems")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that was given up; `code` is the failure's own, `hint` a message key or empty."""

    id: UUID
    actor: str
    arguments: Mapping[str, Any]
    failure: str
    """Class of the failure: `configuration`, `permanent`, `temporary` tried too often, or `bug`."""
    code: str
    hint: str
    attempts: int
    since: datetime


class Problems:
    """The parked work of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def list(self, *, limit: int = 200) -> list[Problem]:
        """Return parked work, what has waited longest first."""
        return [_problem(job) for job in await outbox.parked(self._work.session, limit=limit)]

    async def count(self) -> int:
        """Return how much work is parked."""
        return await outbox.count_parked(self._work.session)

    async def retry(self, job_id: UUID) -> str:
        """Have a piece of parked work tried again now; return its actor. Raises NotFound."""
        job = await outbox.lock_parked(self._work.session, job_id)
        if job is None:
            raise NotFound
        job.state = OutboxState.WAITING
        job.attempts = 0
        job.available_at = self._work.now
        return job.actor


def _problem(job: OutboxJob) -> Problem:
    return Problem(
        id=job.id,
        actor=job.actor,
        arguments=job.arguments,
        failure=job.failure or "",
        code=job.failure_code or "",
        hint=job.failure_hint or "",
        attempts=job.attempts,
        since=job.created_at,
    )
