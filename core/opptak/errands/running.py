"""Doing an errand: by the one who asked for it, saying how far it is, and ending in words."""

from uuid import UUID

import msgspec

from opptak.authz.check import require
from opptak.errands.kinds import Kind, kinds
from opptak.errands.models import Errand
from opptak.errands.repository import ErrandRepository
from opptak.identity.staff import Staff
from opptak.kit.db import aside
from opptak.kit.errors import OpptakError, Unavailable
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Priority, actor

__all__ = ("Running", "run_errand")


class Running:
    """One errand while it is done.

    How far it is goes into transactions of its own, seen at once. Its end goes into the work's transaction:
    either all of it is there and the errand is done, or nothing is.
    """

    def __init__(self, work: Work, errand_id: UUID) -> None:
        self._work = work
        self._id = errand_id
        self._errands = ErrandRepository(work.session)

    async def run(self) -> None:
        """Do the errand; done already, nothing happens. What it may not do ends it, with the reason kept.

        Anything else that goes wrong is the job's: tried again, or parked.
        """
        found = await self._errands.get(self._id)
        if found is None or found[0].ended_at is not None:
            return
        row, _ = found
        await self._begin()
        try:
            async with self._work.session.begin_nested():
                outcome = await self._do(kinds()[row.kind], row)
        except Unavailable:
            raise
        except OpptakError as refused:
            await self._end(refusal=refused.code, refusal_params=dict(refused.params))
        else:
            await self._end(outcome_id=outcome)

    async def report(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is."""
        await self._note(phase=phase, done=done, total=total)

    async def _do(self, kind: Kind, row: Errand) -> UUID:
        work = self._work
        if row.asked_by is not None:
            subject = await Staff(work).subject(row.asked_by)
            require(subject, kind.starts)
            work = msgspec.structs.replace(work, subject=subject)
        return await kind.call(work, row.target_id, self.report)

    async def _begin(self) -> None:
        await self._note(started_at=self._work.now, phase="", done=0, total=0)

    async def _note(self, **values: object) -> None:
        async with aside(self._work.session) as session:
            await ErrandRepository(session).change(self._id, heard_at=self._work.now, **values)

    async def _end(self, **values: object) -> None:
        await self._errands.change(self._id, ended_at=self._work.now, **values)


@actor("errand.run", priority=Priority.PARENT_WAITS)
async def run_errand(work: Work, errand: UUID) -> None:
    """Do an errand that somebody waits for."""
    await Running(work, errand).run()
