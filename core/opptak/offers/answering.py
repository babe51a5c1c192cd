"""Answers to offers: accept, accept and stay in line for more, decline."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from opptak.admission.schemas import RoundView
from opptak.admission.seekers import Seeker
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound
from opptak.kit.subject import Space
from opptak.offers.cascading import pass_on
from opptak.offers.errors import OfferExpired
from opptak.offers.models import Offer, WaitingEntry
from opptak.offers.policy import visible_to
from opptak.offers.reading import Reading
from opptak.offers.schemas import EntryState, OfferStatus, OfferView
from opptak.offers.states import move_offer
from opptak.placements.schemas import PlacementView
from opptak.tenancy.jobs import enqueue

__all__ = ("Answering",)


class Answering(Reading):
    """Takes the parents' answers. The same answer twice counts once.

    All raise NotFound for an offer to somebody else's child, OfferExpired after the last day, OfferReplaced
    where a better place was offered meanwhile, and OfferMoved where it was answered otherwise.
    """

    async def accept(self, offer_id: UUID) -> OfferView:
        """Accept for good: the child leaves the other waiting lists."""
        return await self._take(offer_id, OfferStatus.ACCEPTED)

    async def accept_staying_listed(self, offer_id: UUID) -> OfferView:
        """Accept, and stay in line for places that were wished for more."""
        return await self._take(offer_id, OfferStatus.ACCEPTED_STAYING_LISTED)

    async def decline(self, offer_id: UUID) -> OfferView:
        """Turn the place down: it goes to the next; the child stays in line for places wished for more."""
        offer = await self._lock_own(offer_id)
        if offer.status == OfferStatus.DECLINED:
            self._look("offer", offer.id)
            return await self._shown(offer)
        await self._answer(offer, OfferStatus.DECLINED)
        await self._leave_lines(offer, {offer.unit_id})
        await self._settle([offer.application_id])
        await enqueue(self._work, pass_on, unit=offer.unit_id, cause=offer.id)
        return await self._shown(offer)

    async def _take(self, offer_id: UUID, to: OfferStatus) -> OfferView:
        offer = await self._lock_own(offer_id)
        if offer.status == to:
            self._look("offer", offer.id)
            return await self._shown(offer)
        placed_already = offer.status == OfferStatus.ACCEPTED_STAYING_LISTED
        await self._answer(offer, to)
        if not placed_already:
            await self._place(offer)
        seeker = (await self._applications.seekers([offer.application_id]))[offer.application_id]
        lines = await self._offers.lines_of([offer.application_id])
        left = {line.unit_id for line in lines if not _is_better(line, offer, seeker)}
        everything = {line.unit_id for line in lines}
        await self._leave_lines(offer, everything if to is OfferStatus.ACCEPTED else left)
        await self._settle([offer.application_id])
        return await self._shown(offer)

    async def _answer(self, offer: Offer, to: OfferStatus) -> None:
        round_ = await self._rounds.get(offer.round_id)
        if self._is_too_late(offer, round_):
            raise OfferExpired(status=offer.status)
        move_offer(offer, to)
        offer.answered_at = self._work.now
        offer.answered_by = self._work.subject.id
        self._note(Action.OWN_OFFER_ANSWER, offer, status=to)

    def _is_too_late(self, offer: Offer, round_: RoundView) -> bool:
        """A tenant whose offers do not lapse takes late answers until somebody has followed them up."""
        if offer.status != OfferStatus.SENT or offer.answer_by is None:
            return False
        return round_.offers.lapse and offer.answer_by < self._work.tenant.today()

    async def _place(self, offer: Offer) -> None:
        """Give the child its place, ending the one it had; that one goes to the next in line."""
        held = await self._placements.held_by([offer.child_id], offer.starts_on)
        given_up = await self._offers.lock_of(
            [offer.application_id], statuses=[OfferStatus.ACCEPTED_STAYING_LISTED]
        )
        for less in given_up:
            if less.id != offer.id:
                move_offer(less, OfferStatus.WITHDRAWN)
                self._note("offer.withdraw", less)
        placed = await self._placements.of_offers([less.id for less in given_up if less.id != offer.id])
        await self._vacate({place.id: place for place in (*held.values(), *placed.values())}, offer)
        await self._placements.from_offer(
            offer_id=offer.id,
            child_id=offer.child_id,
            unit_id=offer.unit_id,
            facility_id=offer.facility_id,
            starts_on=offer.starts_on,
            days_per_week=offer.days_per_week,
            weekdays=offer.weekdays,
        )

    async def _vacate(self, places: Mapping[UUID, PlacementView], offer: Offer) -> None:
        """End places the day before an offer's begins, and have them offered to the next in line."""
        for place in places.values():
            await self._placements.vacate(place.id, last_day=offer.starts_on - timedelta(days=1))
        houses = {place.facility_id for place in places.values()}
        for program in await self._facilities.programs(offer.starts_on) if houses else ():
            # A child may have grown into another unit's age band: its seat is free there.
            if program.facility_id in houses:
                await enqueue(self._work, pass_on, unit=program.unit_id, cause=offer.id)

    async def _leave_lines(self, offer: Offer, units: Collection[UUID]) -> None:
        """Take a child out of the lines of units; where the offer itself was out of a line, it is settled."""
        for line in await self._offers.lines_of([offer.application_id]):
            if line.unit_id == offer.unit_id and offer.status != OfferStatus.DECLINED:
                line.state = EntryState.PLACED
            elif line.unit_id in units:
                line.state = EntryState.WITHDRAWN

    async def _lock_own(self, offer_id: UUID) -> Offer:
        """Lock an offer to a child of the logged-in parent; nobody else answers for them."""
        if self._work.subject.space is not Space.PARENTS:
            raise NotFound
        visible = visible_to(self._work.subject, Offer, children=await self._own_children())
        unlocked = await self._offers.get(offer_id)
        if unlocked is not None:
            # First the round, as the cascade does, then offers and lines: they never wait in a ring.
            await self._rounds.get(unlocked.round_id, lock=True)
        offer = await self._offers.lock(offer_id, visible=visible)
        if offer is None:
            raise NotFound
        return offer


def _is_better(line: WaitingEntry, offer: Offer, seeker: Seeker) -> bool:
    """Return whether a place in line was wished for more than the one offered."""
    rank = seeker.ranks.get(line.facility_id)
    return rank is not None and (offer.wish_rank is None or rank < offer.wish_rank)
