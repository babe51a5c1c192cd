"""The cascade: a vacated place goes to the next in line, by the order of the run that made the line."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from opptak.admission.criteria import gives_days
from opptak.admission.schemas import ApplicationStatus, RoundView
from opptak.admission.seekers import Seeker
from opptak.facilities.week import EVERY_DAY, NO_DAY, Week, days_in, patterns
from opptak.offers.base import Counter, free_weeks
from opptak.offers.letters import offer_letters, post
from opptak.offers.models import Offer, WaitingEntry
from opptak.offers.reserves import UnitReserve, give_out, spread
from opptak.offers.schemas import EntryState, OfferStatus
from opptak.offers.states import ACCEPTED, OPEN, move_offer
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import actor, enqueue

__all__ = ("Cascading", "pass_on")


class Cascading(Counter):
    """Passes vacated places on."""

    async def cascade(self, unit_id: UUID, vacated_offer: UUID) -> list[UUID]:
        """Offer the free places of a unit to those in line; return the new offers.

        `vacated_offer` is the offer whose answer made room. Running it again offers nothing twice: only
        places that are free are given, and the line is locked meanwhile.
        """
        cause = await self._offers.get(vacated_offer)
        if cause is None:
            return []
        # One cascade of a round at a time: two units' lines may hold the same child.
        round_ = await self._rounds.get(cause.round_id, lock=True)
        line = {entry.application_id: entry for entry in await self._offers.lock_line(unit_id, round_.id)}
        if not line:
            return []
        house = next(entry.facility_id for entry in line.values())
        seated = await self._offers.seated(unit_id, round_.id)
        seekers = await self._applications.seekers({*seated, *line})
        for application, entry in list(line.items()):
            if seekers[application].status is ApplicationStatus.WITHDRAWN:
                entry.state = EntryState.WITHDRAWN
                del line[application]
        for application in await self._better_off(line, seekers):
            del line[application]
        chosen = give_out(
            list(line),
            free=await self._free(unit_id, house, cause, round_),
            needs={application: self._weeks(seekers[application], round_) for application in line},
            reserves=await self._reserves(unit_id, house, round_),
            seated=seated,
            tags={application: seeker.tags for application, seeker in seekers.items()},
        )
        given = [
            await self._offer(line[one], seekers[one], week, cause, round_) for one, week in chosen.items()
        ]
        for about in await self._abouts(given):
            await post(self._work, offer_letters(self._work, about))
        return [offer.id for offer in given]

    async def _better_off(
        self, line: Mapping[UUID, WaitingEntry], seekers: Mapping[UUID, Seeker]
    ) -> list[UUID]:
        """Return who in a line has an offer to answer that was wished for more: it is not taken from them.

        They keep their place in line for the case that they decline.
        """
        kept = []
        for offer in await self._offers.lock_of(line, statuses=OPEN):
            application = offer.application_id
            rank = seekers[application].ranks.get(line[application].facility_id)
            if rank is not None and offer.wish_rank is not None and offer.wish_rank <= rank:
                kept.append(application)
        return kept

    async def _free(self, unit_id: UUID, house: UUID, cause: Offer, round_: RoundView) -> Week:
        since = _vacant_since(cause, round_)
        free = await free_weeks(self._work, round_, since=since, among=[house])
        return free.get(unit_id, NO_DAY)

    def _weeks(self, seeker: Seeker, round_: RoundView) -> tuple[Week, ...]:
        """Return the weeks a child would take, the best first."""
        if not gives_days(self._work.tenant.criteria()):
            return (EVERY_DAY,)
        return patterns(seeker.days_per_week or max(round_.days_choices))

    async def _give_up(self, offers: Sequence[Offer]) -> None:
        """Withdraw offers that give way to better ones, and have their places offered to the next in line."""
        for offer in offers:
            move_offer(offer, OfferStatus.WITHDRAWN)
            self._note("offer.withdraw", offer)
            await enqueue(self._work, pass_on, unit=offer.unit_id, cause=offer.id)

    async def _reserves(self, unit_id: UUID, house: UUID, round_: RoundView) -> tuple[UnitReserve, ...]:
        programs = await self._facilities.programs(round_.starts_on, among=[house])
        return spread(self._work.tenant.criteria().reserves, programs).get(unit_id, ())

    async def _offer(
        self, entry: WaitingEntry, seeker: Seeker, week: Week, cause: Offer, round_: RoundView
    ) -> Offer:
        """Offer a place; an offer of a place wished for less that nobody has answered is withdrawn."""
        await self._give_up(await self._offers.lock_of([seeker.application_id], statuses=OPEN))
        today = self._work.tenant.today()
        starts_on = max(seeker.start_on or round_.starts_on, _vacant_since(cause, round_), today)
        made = await self._offers.add(
            [
                {
                    "round_id": round_.id,
                    "run_id": cause.run_id,
                    "application_id": seeker.application_id,
                    "child_id": seeker.child_id,
                    "unit_id": entry.unit_id,
                    "facility_id": entry.facility_id,
                    "wish_rank": seeker.ranks.get(entry.facility_id),
                    "starts_on": starts_on,
                    "days_per_week": seeker.days_per_week or max(round_.days_choices),
                    "weekdays": days_in(week) if gives_days(self._work.tenant.criteria()) else None,
                    "status": OfferStatus.HELD,
                    "cascade_of": cause.id,
                    "round_number": cause.round_number + 1,
                }
            ]
        )
        entry.state = EntryState.OFFERED
        self._send(made, round_)
        await self._applications.settle({seeker.application_id: ApplicationStatus.ALLOCATED})
        return made[0]


def _vacant_since(cause: Offer, round_: RoundView) -> date:
    """Return when a place is free: who moves to another place keeps the old one until the new one begins."""
    return cause.starts_on if cause.status in ACCEPTED else round_.starts_on


@actor("offer.pass_on", module=Module.OFFERS)
async def pass_on(work: Work, unit: UUID, cause: UUID) -> None:
    """Offer a vacated place to the next in line."""
    await Cascading(work).cascade(unit, cause)
