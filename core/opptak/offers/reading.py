"""Looking at offers, places in line, and the figures."""

from collections import Counter as Tally
from collections.abc import Collection, Mapping
from uuid import UUID

from opptak.kit.errors import NotFound
from opptak.kit.paging import Page
from opptak.offers.base import Counter
from opptak.offers.models import Offer, WaitingEntry
from opptak.offers.policy import visible_to
from opptak.offers.schemas import (
    OfferCounts,
    OfferFilter,
    OfferRow,
    OfferStatus,
    OfferView,
    WaitingView,
)
from opptak.offers.states import ACCEPTED, OPEN
from opptak.people.service import People

__all__ = ("Reading", "show_offer")


class Reading(Counter):
    """Shows offers."""

    async def of_application(self, applications: Collection[UUID]) -> dict[UUID, list[OfferView]]:
        """Return the offers of applications the subject may see, the newest first."""
        visible = visible_to(self._work.subject, Offer, children=await self._own_children())
        shown = await self._offers.show(applications, visible=visible)
        names = await self._names([offer for offer, _ in shown])
        found: dict[UUID, list[OfferView]] = {application: [] for application in applications}
        for offer, in_line in shown:
            found[offer.application_id].append(show_offer(offer, names, in_line=in_line))
        return found

    async def get(self, offer_id: UUID) -> OfferView:
        """Return an offer; raises NotFound for one the subject may not see."""
        offer = await self._offers.get(offer_id)
        if offer is None:
            raise NotFound
        views = (await self.of_application([offer.application_id]))[offer.application_id]
        found = next((view for view in views if view.id == offer_id), None)
        if found is None:
            raise NotFound
        self._look("offer", offer_id)
        return found

    async def list_by_status(self, status: OfferStatus) -> list[OfferView]:
        """Return all offers with a status that the subject may see, those to be answered first on top."""
        visible = visible_to(self._work.subject, Offer, children=await self._own_children())
        shown = await self._offers.with_status(status, visible=visible)
        names = await self._names([offer for offer, _ in shown])
        return [show_offer(offer, names, in_line=in_line) for offer, in_line in shown]

    async def search(self, wanted: OfferFilter) -> Page[OfferRow]:
        """Return a page of the offers the subject may see, those to be answered first on top."""
        visible = visible_to(self._work.subject, Offer, children=await self._own_children())
        shown, total = await self._offers.search(wanted, visible=visible)
        names = await self._names([offer for offer, _ in shown])
        children = await People(self._work).get({offer.child_id for offer, _ in shown})
        self._look("round", wanted.round_id, [offer.id for offer, _ in shown])
        return Page(
            items=tuple(
                OfferRow(
                    offer=show_offer(offer, names, in_line=in_line), child_name=children[offer.child_id].name
                )
                for offer, in_line in shown
            ),
            total=total,
            number=wanted.page,
            size=wanted.size,
        )

    async def waiting_positions(self, applications: Collection[UUID]) -> dict[UUID, list[WaitingView]]:
        """Return where applications wait now, the shortest line first."""
        visible = visible_to(self._work.subject, WaitingEntry, children=await self._own_children())
        lines = await self._offers.positions(applications, visible=visible)
        names = {
            facility.id: facility.name
            for facility in (await self._facilities.views({line.facility_id for line, _ in lines})).values()
        }
        found: dict[UUID, list[WaitingView]] = {application: [] for application in applications}
        for line, position in lines:
            found[line.application_id].append(
                WaitingView(
                    facility_id=line.facility_id,
                    facility_name=names[line.facility_id],
                    unit_id=line.unit_id,
                    position=position,
                )
            )
        return found

    async def counts(self, round_id: UUID) -> OfferCounts:
        """Return the figures of a round, of what the subject may see."""
        subject, own = self._work.subject, await self._own_children()
        rows = await self._offers.figures(round_id, visible=visible_to(subject, Offer, children=own))
        by_status: Tally[str] = Tally()
        by_rank: Tally[str] = Tally()
        for status, rank, _, number in rows:
            by_status[status] += number
            by_rank[_rank(rank)] += number if status in ACCEPTED else 0
        lines = visible_to(subject, WaitingEntry, children=own)
        return OfferCounts(
            sent=sum(by_status.values()) - by_status[OfferStatus.HELD],
            accepted=sum(by_status[status] for status in ACCEPTED),
            declined=by_status[OfferStatus.DECLINED],
            expired=by_status[OfferStatus.EXPIRED],
            unanswered=sum(by_status[status] for status in OPEN),
            reoffered=sum(number for _, _, again, number in rows if again),
            by_rank={rank: number for rank, number in sorted(by_rank.items()) if number},
            waiting=await self._offers.number_in_line(round_id, visible=lines),
        )

    async def _shown(self, offer: Offer) -> OfferView:
        views = await self.of_application([offer.application_id])
        return next(view for view in views[offer.application_id] if view.id == offer.id)


def show_offer(offer: Offer, names: Mapping[UUID, str], *, in_line: bool) -> OfferView:
    """Return an offer as parents and staff see it; `names` are those of facilities."""
    return OfferView(
        id=offer.id,
        application_id=offer.application_id,
        child_id=offer.child_id,
        unit_id=offer.unit_id,
        facility_id=offer.facility_id,
        facility_name=names[offer.facility_id],
        wish_rank=offer.wish_rank,
        starts_on=offer.starts_on,
        days_per_week=offer.days_per_week,
        weekdays=None if offer.weekdays is None else tuple(offer.weekdays),
        status=OfferStatus(offer.status),
        answer_by=offer.answer_by,
        answered_at=offer.answered_at,
        cascade_of=offer.cascade_of,
        can_stay_listed=in_line,
    )


def _rank(rank: int | None) -> str:
    return "none" if rank is None else str(rank)
