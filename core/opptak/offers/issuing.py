"""Issuing: what an allocation gives becomes offers and waiting lists."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from opptak.admission.schemas import ApplicationStatus, RoundView
from opptak.documents.schemas import LetterRequest
from opptak.offers.cascading import Cascading
from opptak.offers.letters import Sentences, offer_letters, outcome_letters, post
from opptak.offers.schemas import Grant, InLine, OfferStatus, Standing
from opptak.offers.states import ACCEPTED, OPEN

__all__ = ("Issuing",)

_NOT_TOLD = frozenset({ApplicationStatus.ALLOCATED, ApplicationStatus.PLACED, ApplicationStatus.WITHDRAWN})
"""Statuses in which a letter about the waiting list would be news of yesterday."""


class Issuing(Cascading):
    """Takes over the result of an allocation."""

    async def issue(
        self,
        round_: RoundView,
        *,
        run_id: UUID,
        grants: Sequence[Grant],
        lines: Sequence[InLine],
        units: Collection[UUID],
        unplaced: Collection[UUID],
    ) -> None:
        """Send the offers of a run, replace the waiting lists of its `units`, and settle the applications.

        An offer nobody has answered gives way to a better one. Letters are not written here.
        """
        upgraded = [grant.application_id for grant in grants]
        await self._give_up(await self._offers.lock_of(upgraded, statuses=OPEN))
        offers = await self._offers.add(
            [
                {
                    "round_id": round_.id,
                    "run_id": run_id,
                    "application_id": grant.application_id,
                    "child_id": grant.child_id,
                    "unit_id": grant.unit_id,
                    "facility_id": grant.facility_id,
                    "wish_rank": grant.wish_rank,
                    "starts_on": grant.starts_on,
                    "days_per_week": grant.days_per_week,
                    "weekdays": grant.weekdays and list(grant.weekdays),
                    "status": OfferStatus.HELD,
                }
                for grant in grants
            ]
        )
        self._send(offers, round_)
        await self._offers.replace_lines(round_.id, units, lines)
        await self._applications.settle(dict.fromkeys(upgraded, ApplicationStatus.ALLOCATED))
        await self._settle(unplaced)

    async def announce(
        self, *, run_id: UUID, applications: Collection[UUID], reasons: Callable[[UUID], Sentences]
    ) -> None:
        """Write to the guardians what a run decided about applications, each once however often it is called.

        Who has been told of an outcome without an offer is not told again by later runs; who got a place
        elsewhere, or has withdrawn, is not told at all.
        """
        offers = await self._offers.of_run(run_id, applications)
        offered = {offer.application_id for offer in offers}
        others = await self._applications.seekers(set(applications) - offered)
        lines = await self._offers.lines_of(others)
        waiting = {line.application_id for line in lines}
        requests: list[LetterRequest] = []
        for about in await self._abouts(offers):
            told = reasons(about.seeker.application_id)
            requests += offer_letters(self._work, about, reasons=told)
        for application, seeker in others.items():
            if seeker.status in _NOT_TOLD:
                continue
            in_line = application in waiting
            told = reasons(application)
            requests += outcome_letters(self._work, seeker, waiting=in_line, reasons=told)
        await post(self._work, requests)

    async def standings(self, applications: Collection[UUID]) -> dict[UUID, Standing]:
        """Return where earlier offers have brought applications; those that had none are left out."""
        lines = await self._offers.lines_of(applications)
        found: dict[UUID, Standing] = {}
        for offer in await self._offers.of_applications(applications):
            before = found.get(offer.application_id)
            unit, weekdays = (before.held_unit, before.held_weekdays) if before else (None, None)
            if offer.status in OPEN | ACCEPTED:
                unit = offer.unit_id
                weekdays = None if offer.weekdays is None else tuple(offer.weekdays)
            found[offer.application_id] = Standing(
                held_unit=unit,
                held_weekdays=weekdays,
                listed=frozenset(
                    line.unit_id for line in lines if line.application_id == offer.application_id
                ),
            )
        return found
