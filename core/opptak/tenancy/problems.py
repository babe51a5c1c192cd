"""The problem inbox: background work that has stopped until a person looks.

A thousand letters that stopped for one reason are one problem: work is grouped by what it is and why it
stopped, and tried again or set aside together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.kit.errors import NotFound
from opptak.kit.outbox import OutboxJob
from opptak.tenancy.context import Work
from opptak.tenancy.parked import ParkedJobs

__all__ = ("Kind", "Problem", "ProblemGroup", "Problems", "SetAsideReason")


class SetAsideReason(StrEnum):
    """Why work is given up; no free text, which would end in the log with whatever it names."""

    DONE_BY_HAND = "done_by_hand"
    NOT_NEEDED = "not_needed"
    IMPOSSIBLE = "impossible"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What is common to problems with one cause."""

    actor: str
    failure: str
    """Class of the failure: `configuration`, `permanent`, `temporary` tried too often, or `bug`."""
    code: str
    """The failure's own."""
    hint: str
    """Message key of what to do, or empty."""


class ProblemGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of work that stopped for the same reason; `key` names the kind in addresses."""

    kind: Kind
    key: UUID
    """The one among them that has waited longest."""
    count: int
    since: datetime


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that was given up."""

    id: UUID
    kind: Kind
    attempts: int
    since: datetime


class Problems:
    """The parked work of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._jobs = ParkedJobs(work.session)

    async def groups(self, *, failure: str = "") -> list[ProblemGroup]:
        """Return what has stopped, by cause, the largest first; of one class of failure or of all."""
        return [
            ProblemGroup(
                kind=Kind(actor=row.actor, failure=row.failure, code=row.code, hint=row.hint),
                key=UUID(row.key),
                count=row.jobs,
                since=row.since,
            )
            for row in await self._jobs.groups(failure=failure)
        ]

    async def failures(self) -> dict[str, int]:
        """Return how much has stopped by class of failure."""
        return await self._jobs.failures()

    async def list(self, kind: Kind | None = None, *, limit: int = 200) -> list[Problem]:
        """Return parked work, of one kind or of all, what has waited longest first."""
        return [_problem(job) for job in await self._jobs.list(_columns(kind), limit=limit)]

    async def count(self) -> int:
        """Return how much work is parked."""
        return sum((await self.failures()).values())

    async def kind(self, job_id: UUID) -> Kind:
        """Return the kind of one piece of parked work; raises NotFound."""
        job = await self._jobs.find(job_id)
        if job is None:
            raise NotFound
        return _kind(job)

    async def retry(self, jobs: Collection[UUID]) -> int:
        """Have pieces of parked work tried again now; return how many. Raises NotFound for none."""
        return _found(await self._jobs.revive({"id": jobs}, now=self._work.now))

    async def retry_kind(self, kind: Kind) -> int:
        """Have all parked work of a kind tried again, with a fair share of the workers; return how many."""
        return _found(await self._jobs.revive(_columns(kind), now=self._work.now))

    async def drop(self, jobs: Collection[UUID]) -> int:
        """Give pieces of parked work up for good; return how many. Raises NotFound for none."""
        return _found(await self._jobs.drop({"id": jobs}))

    async def drop_kind(self, kind: Kind) -> int:
        """Give all parked work of a kind up for good; return how many."""
        return _found(await self._jobs.drop(_columns(kind)))


def _found(count: int) -> int:
    if not count:
        raise NotFound
    return count


def _columns(kind: Kind | None) -> dict[str, Sequence[str]]:
    if kind is None:
        return {}
    return {
        "actor": [kind.actor],
        "failure": [kind.failure],
        "failure_code": [kind.code],
        "failure_hint": [kind.hint],
    }


def _kind(job: OutboxJob) -> Kind:
    return Kind(
        actor=job.actor,
        failure=job.failure or "",
        code=job.failure_code or "",
        hint=job.failure_hint or "",
    )


def _problem(job: OutboxJob) -> Problem:
    return Problem(id=job.id, kind=_kind(job), attempts=job.attempts, since=job.created_at)
