"""What time brings: reminders of offers, offers that lapse, and lines that get shorter."""

from collections.abc import Sequence
from uuid import UUID

from opptak.offers.base import Counter
from opptak.offers.cascading import pass_on
from opptak.offers.letters import expired_letters, post, reminder_letters
from opptak.offers.models import Offer
from opptak.offers.schemas import EntryState, OfferStatus
from opptak.offers.states import move_offer
from opptak.tenancy.config import OfferRules
from opptak.tenancy.jobs import enqueue

__all__ = ("Deadlines", "reminders_due")


class Deadlines(Counter):
    """Keeps offers and lines up to date."""

    async def expire_due(self) -> list[UUID]:
        """Let offers lapse whose last day has passed, where the tenant's rules say so; return them."""
        rules = await self._rules()
        lapsed = [
            offer
            for offer in await self._offers.lock_overdue(self._work.tenant.today())
            if rules[offer.round_id].lapse
        ]
        for offer in lapsed:
            move_offer(offer, OfferStatus.EXPIRED)
            self._note("offer.expire", offer)
            await enqueue(self._work, pass_on, unit=offer.unit_id, cause=offer.id)
        await self._out_of_line(lapsed)
        await self._settle({offer.application_id for offer in lapsed})
        for about in await self._abouts(lapsed):
            await post(self._work, expired_letters(self._work, about))
        return [offer.id for offer in lapsed]

    async def remind_due(self) -> list[UUID]:
        """Remind of unanswered offers as many days before the last one as the rules say; return them."""
        rules = await self._rules()
        today = self._work.tenant.today()
        reminded = []
        for offer in await self._offers.lock_unanswered(today):
            left = (offer.answer_by - today).days if offer.answer_by else 0
            due = reminders_due(rules[offer.round_id], days_left=left)
            if due > offer.reminders:
                offer.reminders = due
                self._note("offer.remind", offer, step=due)
                reminded.append(offer)
        for about in await self._abouts(reminded):
            await post(self._work, reminder_letters(self._work, about, step=about.offer.reminders))
        return [offer.id for offer in reminded]

    async def strike_withdrawn(self) -> int:
        """Take those who have withdrawn their application out of the lines; return how many entries."""
        lines = await self._offers.lock_waiting()
        gone = await self._applications.withdrawn({line.application_id for line in lines})
        struck = [line for line in lines if line.application_id in gone]
        for line in struck:
            line.state = EntryState.WITHDRAWN
        return len(struck)

    async def _rules(self) -> dict[UUID, OfferRules]:
        return {round_.id: round_.offers for round_ in await self._rounds.all()}

    async def _out_of_line(self, lapsed: Sequence[Offer]) -> None:
        """An offer that came out of a line and lapsed does not go back into it."""
        units = {(offer.application_id, offer.unit_id) for offer in lapsed}
        for line in await self._offers.lines_of({application for application, _ in units}):
            if (line.application_id, line.unit_id) in units:
                line.state = EntryState.WITHDRAWN


def reminders_due(rules: OfferRules, *, days_left: int) -> int:
    """Return how many reminders should have been sent; one due on the day of the offer itself is left out."""
    return sum(days_left <= days < rules.answer_days for days in rules.reminder_days)
