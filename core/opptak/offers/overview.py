"""Offers and waiting lists as staff look after them."""

from collections import Counter as Tally
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from opptak.facilities.schemas import FacilityView
from opptak.offers.models import Offer, WaitingEntry
from opptak.offers.policy import visible_to
from opptak.offers.reading import Reading, show_offer
from opptak.offers.schemas import AnswersDue, InQueue, OfferStatus, OfferView, Queue, WaitingView
from opptak.people.schemas import PersonView
from opptak.people.service import People

__all__ = ("Overview",)


class Overview(Reading):
    """Shows what came of the offers of a round."""

    async def by_status(self, round_id: UUID) -> Mapping[OfferStatus, int]:
        """Count the offers of a round the subject may see."""
        rows = await self._offers.figures(round_id, visible=visible_to(self._work.subject, Offer))
        found: Tally[OfferStatus] = Tally()
        for status, _, _, number in rows:
            found[OfferStatus(status)] += number
        return found

    async def answers_due(self, round_id: UUID, *, within_days: int) -> AnswersDue:
        """Tell how the answers to the offers of a round stand."""
        today = self._work.tenant.today()
        overdue, soon, first = await self._offers.answers_due(
            round_id,
            today=today,
            until=today + timedelta(days=within_days),
            visible=visible_to(self._work.subject, Offer),
        )
        return AnswersDue(overdue=overdue, soon=soon, first=first)

    async def outcome(self, application_id: UUID) -> tuple[list[OfferView], list[WaitingView]]:
        """Return an application's offers, the newest first, and where it waits; three queries."""
        subject, own = self._work.subject, await self._own_children()
        visible, waits = (visible_to(subject, kind, children=own) for kind in (Offer, WaitingEntry))
        shown = await self._offers.show([application_id], visible=visible)
        lines = await self._offers.positions([application_id], visible=waits)
        houses = {offer.facility_id for offer, _ in shown} | {line.facility_id for line, _ in lines}
        found = await self._facilities.views(houses)
        names = {house: facility.name for house, facility in found.items()}
        return (
            [show_offer(offer, names, in_line=in_line) for offer, in_line in shown],
            [
                WaitingView(
                    facility_id=line.facility_id,
                    facility_name=names[line.facility_id],
                    unit_id=line.unit_id,
                    position=position,
                )
                for line, position in lines
            ],
        )

    async def queues(self, round_id: UUID) -> list[Queue]:
        """Return the waiting lists of a round by house, of the houses the subject may see."""
        lines = await self._offers.queues(round_id, visible=visible_to(self._work.subject, WaitingEntry))
        houses = await self._facilities.views({line.facility_id for line in lines})
        units = await self._facilities.unit_names({line.unit_id for line in lines})
        children = await People(self._work).get({line.child_id for line in lines})
        self._look("round", round_id, [line.application_id for line in lines])
        found = [
            _queue(list(those), houses, units, children)
            for _, those in groupby(lines, key=lambda line: line.unit_id)
        ]
        return sorted(found, key=lambda queue: (queue.facility_name, queue.unit_name))


def _queue(
    lines: list[WaitingEntry],
    houses: Mapping[UUID, FacilityView],
    units: Mapping[UUID, str],
    children: Mapping[UUID, PersonView],
) -> Queue:
    first = lines[0]
    return Queue(
        unit_id=first.unit_id,
        facility_id=first.facility_id,
        facility_name=houses[first.facility_id].name,
        unit_name=units[first.unit_id],
        entries=tuple(
            InQueue(
                application_id=line.application_id,
                child_name=children[line.child_id].name,
                position=position,
            )
            for position, line in enumerate(lines, start=1)
        ),
    )
