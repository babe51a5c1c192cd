"""Letters about a released run: to everybody it decided about, some at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from opptak.allocation.models import AllocationRun
from opptak.allocation.naming import named
from opptak.allocation.repository import RunRepository
from opptak.engine.explain import Explainer
from opptak.engine.instance import Instance
from opptak.engine.result import parse_result
from opptak.engine.wellformed import parse_instance
from opptak.facilities.service import Facilities
from opptak.offers.letters import Sentences
from opptak.offers.service import Offers
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor, enqueue

__all__ = ("Announcing", "announce_run", "unit_names")

AT_ONCE = 100
"""Applications written to in one job."""


class Announcing:
    """Tells the guardians what a run decided."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._runs = RunRepository(work.session)

    async def announce(self, run_id: UUID, *, start: int) -> None:
        """Write about some applications, counted from `start`; the next job goes on from there."""
        run = await self._runs.get(run_id)
        if run is None or run.released_at is None:
            return
        instance = parse_instance(run.instance)
        some = [UUID(child.id) for child in instance.children[start : start + AT_ONCE]]
        await Offers(self._work).announce(
            run_id=run_id, applications=some, reasons=await self._reasons(run, instance)
        )
        if start + AT_ONCE < len(instance.children):
            await enqueue(self._work, announce_run, run=run_id, start=start + AT_ONCE)

    async def _reasons(self, run: AllocationRun, instance: Instance) -> "_Reasons":
        names = await unit_names(self._work, instance)
        return _Reasons(self._work, Explainer(instance, parse_result(run.result)), names)


class _Reasons:
    """Makes the reasons of an application in any language."""

    def __init__(self, work: Work, explainer: Explainer, units: Mapping[str, str]) -> None:
        self._tenant = work.tenant
        self._explainer = explainer
        self._units = units

    def __call__(self, application_id: UUID) -> Sentences:
        sentences = self._explainer.explain(str(application_id)).sentences

        def told(language: str) -> Sequence[Mapping[str, Any]]:
            text = self._tenant.translator(language)
            criteria = self._tenant.criteria()
            found = named(sentences, units=self._units, criteria=criteria, text=text)
            return [{"key": sentence.key, "params": sentence.params} for sentence in found]

        return told


async def unit_names(work: Work, instance: Instance) -> dict[str, str]:
    """Return what the programs of an instance are called: their house's name."""
    facilities = await Facilities(work).views({UUID(program.facility) for program in instance.programs})
    return {program.id: facilities[UUID(program.facility)].name for program in instance.programs}


@actor("run.announce")
async def announce_run(work: Work, run: UUID, start: int) -> None:
    """Write to the guardians what a run decided."""
    await Announcing(work).announce(run, start=start)
