"""What the verbs of offers have in common: free places, what letters say, and sending offers."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from opptak.admission.schemas import RoundView
from opptak.admission.service import Applications, Rounds
from opptak.audit.schemas import Outcome
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.facilities.service import Facilities
from opptak.facilities.week import NO_DAY, Week, less
from opptak.kit.subject import Space
from opptak.offers.letters import About
from opptak.offers.models import Offer
from opptak.offers.repository import OfferRepository
from opptak.offers.schemas import EntryState, OfferStatus
from opptak.offers.states import move_offer, outcome
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("Counter", "free_places", "free_weeks")


class Counter:
    """The services and queries a verb of offers works with."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._offers = OfferRepository(work.session)
        self._applications = Applications(work)
        self._rounds = Rounds(work)
        self._facilities = Facilities(work)
        self._placements = Placements(work)

    def _note(self, action: str, offer: Offer, **details: str | int | bool | None) -> None:
        record(self._work, action, "offer", offer.id, shown=(), outcome=Outcome.DONE, **details)

    def _look(self, kind: str, target: UUID | None, shown: Collection[UUID] = ()) -> None:
        """Note that somebody looks; the platform by itself notes what it does instead."""
        space = self._work.subject.space
        if space is not Space.SYSTEM:
            action = Action.OWN_APPLICATION_READ if space is Space.PARENTS else Action.OFFER_READ
            record(self._work, action, kind, target, shown=shown)

    async def _own_children(self) -> set[UUID]:
        """Return the children the logged-in parent is responsible for; nobody's for others, nor while parents
        do without offers.
        """
        subject = self._work.subject
        if not self._work.tenant.document.has(Module.OFFERS, Space.PARENTS):
            return set()
        if subject.space is not Space.PARENTS or subject.id is None:
            return set()
        return {child.id for child in await People(self._work).children_of(subject.id)}

    async def _names(self, offers: Collection[Offer]) -> dict[UUID, str]:
        found = await self._facilities.views({offer.facility_id for offer in offers})
        return {facility_id: facility.name for facility_id, facility in found.items()}

    async def _abouts(self, offers: Collection[Offer]) -> list[About]:
        """Return what letters about offers say; few queries, however many offers."""
        seekers = await self._applications.seekers({offer.application_id for offer in offers})
        names = await self._names(offers)
        return [
            About(seeker=seekers[offer.application_id], offer=offer, facility=names[offer.facility_id])
            for offer in offers
        ]

    def _send(self, offers: Collection[Offer], round_: RoundView) -> None:
        """Make kept places offers with a last day to answer."""
        answer_by = self._work.tenant.today() + timedelta(days=round_.offers.answer_days)
        for offer in offers:
            move_offer(offer, OfferStatus.SENT)
            offer.answer_by = answer_by
            self._note("offer.send", offer)

    async def _settle(self, applications: Collection[UUID]) -> None:
        """Tell applications what has come of them: what their offers and places in line say."""
        lines = await self._offers.lines_of(applications)
        waiting = {line.application_id for line in lines if line.state == EntryState.WAITING}
        offers: defaultdict[UUID, list[OfferStatus]] = defaultdict(list)
        for offer in await self._offers.lock_of(applications, statuses=list(OfferStatus)):
            offers[offer.application_id].append(OfferStatus(offer.status))
        outcomes = {one: outcome(offers[one], waiting=one in waiting) for one in set(applications)}
        await self._applications.settle(outcomes)


async def free_weeks(
    work: Work, round_: RoundView, *, since: date | None = None, among: Collection[UUID] | None = None
) -> dict[UUID, Week]:
    """Return the places of each unit that nobody has and nobody is offered, by weekday, `since` the round's
    first day.

    `among` are the facilities wanted, if not all: a city has tens of thousands of children to count. A place
    counts as taken if a child has it on that day or on the last possible day of starting. Negative where more
    children are in a unit than it has places.
    """
    programs = await Facilities(work).programs(round_.starts_on, among=among)
    first = await Placements(work).occupied(since or round_.starts_on, among=among)
    last = await Placements(work).occupied(round_.latest_start, among=among)
    kept = await OfferRepository(work.session).open_by_unit()
    return {
        unit: less(
            program.week,
            tuple(map(max, first.get(unit, NO_DAY), last.get(unit, NO_DAY))),
            kept.get(unit, NO_DAY),
        )
        for program in programs
        for unit in (program.unit_id,)
    }


async def free_places(work: Work, round_: RoundView) -> dict[UUID, int]:
    """Return the places of each unit that are free on every day of the week; see `free_weeks`."""
    return {unit: min(week) for unit, week in (await free_weeks(work, round_)).items()}
