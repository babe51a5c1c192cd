"""Runs as errands: asked for at once, done elsewhere by whoever asked, and followed meanwhile."""

from uuid import UUID

from opptak.admission.service import Rounds
from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.errands.kinds import errand
from opptak.errands.schemas import Report
from opptak.errands.service import Errands
from opptak.tenancy.context import Work

__all__ = ("AskedRuns", "check_run", "compute_run", "release_run")


@errand("run.compute", starts=Action.RUN_COMPUTE, reads=Action.ROUND_READ)
async def compute_run(work: Work, target: UUID, report: Report) -> UUID:
    """Compute a dry run of a round; what comes of it is the run."""
    return (await Runs(work, report).compute(target)).id


@errand("run.check", starts=Action.RUN_CHECK, reads=Action.ROUND_READ)
async def check_run(work: Work, target: UUID, report: Report) -> UUID:
    """Make the release checks of a run."""
    return (await Runs(work, report).check(target)).id


@errand("run.release", starts=Action.RUN_RELEASE, reads=Action.ROUND_READ)
async def release_run(work: Work, target: UUID, report: Report) -> UUID:
    """Release a run."""
    return (await Runs(work, report).release(target)).id


class AskedRuns:
    """Has the long work on runs done; what can be refused at once is refused at once."""

    def __init__(self, work: Work) -> None:
        self._runs = Runs(work)
        self._rounds = Rounds(work)
        self._errands = Errands(work)

    async def compute(self, round_id: UUID) -> UUID:
        """Have a dry run computed; return the errand. Raises NotFound."""
        return await self._errands.ask(compute_run, (await self._rounds.get(round_id)).id)

    async def check(self, run_id: UUID) -> UUID:
        """Have the release checks made; return the errand. Raises RunSuperseded."""
        await self._runs.require_checkable(run_id)
        return await self._errands.ask(check_run, run_id)

    async def release(self, run_id: UUID) -> UUID:
        """Have a run released; return the errand. Raises what `Runs.release` does, RunOutdated left out."""
        await self._runs.require_releasable(run_id)
        return await self._errands.ask(release_run, run_id)
