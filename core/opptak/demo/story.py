"""The story that must always work, told for one tenant: from the register to an exported place.

Each chapter looks at the state first and does only what is left, so a story that was interrupted goes on. The
families are robots; what they and the staff do goes through the same services as the pages.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from opptak.admission.schemas import Answer, ApplicationView, RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.service import Runs
from opptak.demo.cast import Cast
from opptak.demo.robots import Reply, answers, first_reply, reply_to_offer
from opptak.demo.stage import Stage
from opptak.facilities.service import Facilities
from opptak.kit import outbox
from opptak.kit.subject import Space, Subject
from opptak.offers.errors import OfferReplaced
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.outreach.service import Outreach
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.context import TenantContext, Work

__all__ = ("Story", "StoryStuck")

_QUIET_SECONDS = 120
_STAFFED = 0.93
"""Places the staff suffices for, by children registered today: fewer children are born each year."""
_WEEKS_OF_ANSWERS = 6


class StoryStuck(Exception):
    """Background work did not come to rest; the message says what is parked."""


def _nothing(_line: str) -> None:
    """Keep quiet."""


class Story:
    """The story of one tenant; `say` is told each chapter as it begins."""

    def __init__(
        self, stage: Stage, tenant: TenantContext, cast: Cast, *, say: Callable[[str], None] = _nothing
    ) -> None:
        self._say = say
        self._stage = stage
        self._tenant = tenant
        self._cast = cast
        self._zone = ZoneInfo(tenant.document.time_zone)
        self.seconds = 0.0

    async def tell(self) -> None:
        """Do what is left of the story; raises StoryStuck."""
        started = time.perf_counter()
        self._say(f"{self._tenant.slug}: kindergartens and the children who have places")
        await self.furnish()
        self._say("  letters to the families of those who have none")
        intake = await self.invite()
        if intake.state is RoundState.OPEN:
            self._say("  answers, until the deadline")
            await self.answer(intake)
            await self.close(intake)
        if intake.state is not RoundState.RELEASED:
            self._say("  dry run, checks, release by a second person")
            await self.allocate(intake.id)
        self._say("  answers to the offers; vacated places to the next in line")
        await self.reply(intake)
        self._say("  placements to the administration system")
        await self.hand_over()
        self.seconds = time.perf_counter() - started

    async def furnish(self) -> None:
        """Bring in the kindergartens and the children who have places; the office confirms the capacity."""
        async with self._work(self._cast.case_worker) as work:
            units = await Facilities(work).programs(self._tenant.document.rounds[0].starts_on)
            if any(unit.confirmed for unit in units):
                return
            await Facilities(work).import_register()
        async with self._work(self._cast.case_worker) as work:
            await Placements(work).import_current()
        async with self._work(self._cast.case_worker) as work:
            await self._confirm_capacity(work)

    async def _confirm_capacity(self, work: Work) -> None:
        """Confirm what the staff suffices for: about as many places as children are registered today."""
        facilities = Facilities(work)
        units = await Placements(work).occupancy(self._tenant.document.rounds[0].starts_on)
        proposed: Counter[UUID] = Counter()
        for unit in units:
            proposed[unit.program.facility_id] += unit.program.seats
        houses = await facilities.views(proposed)
        for unit in units:
            house = houses[unit.program.facility_id]
            share = (house.children or 0) * unit.program.seats / (proposed[house.id] or 1)
            seats = min(unit.program.seats, max(unit.taken + 1, round(share * _STAFFED)))
            await facilities.confirm_capacity(
                unit.program.unit_id, seats=seats, valid_from=work.tenant.today()
            )

    async def invite(self) -> RoundView:
        """Open the round and send every family with a child of the right age its letter."""
        async with self._work(self._cast.case_worker) as work:
            intake = await Rounds(work).ensure(self._tenant.document.rounds[0].intake)
        if intake.state is RoundState.OPEN:
            async with self._work(self._cast.case_worker) as work:
                await Outreach(work).start(intake.id)
            await self.rest()
            await self._require_drafts(intake.id)
        return intake

    async def _require_drafts(self, round_id: UUID) -> None:
        """Go no further without applications: a round released empty could not be told again."""
        async with self._work(self._cast.case_worker) as work:
            campaign = await Outreach(work).of_round(round_id)
        if not campaign.eligible or campaign.drafted < campaign.eligible:
            done = f"{campaign.drafted} of {campaign.eligible} applications are drafted"
            raise StoryStuck(f"{self._tenant.slug}: {done}; run it again")

    async def answer(self, intake: RoundView) -> None:
        """Let the families answer, spread over the weeks before the deadline."""
        applications = await self._applications(intake.id)
        for week in range(_WEEKS_OF_ANSWERS):
            await self._travel(intake.opens_on + timedelta(days=3 + 7 * week))
            for view in applications[week::_WEEKS_OF_ANSWERS]:
                answer = first_reply(view, seed=self._stage.seed)
                if view.answer is Answer.NONE and answer is not Answer.NONE:
                    async with self._work(await self._speaker(view.child_id)) as work:
                        await self._respond(work, view, intake, answer)

    async def _respond(self, work: Work, view: ApplicationView, intake: RoundView, answer: Answer) -> None:
        if answer is not Answer.YES:
            await Applications(work).answer_no(view.id, answer)
            return
        houses = [house.id for house in await Facilities(work).offerable()]
        given = answers(view, intake, houses, seed=self._stage.seed)
        await Applications(work).submit(view.id, given, version=view.version)

    async def close(self, intake: RoundView) -> None:
        """Let the deadline pass."""
        await self._travel(intake.deadline + timedelta(days=1))
        async with self._work(self._cast.case_worker) as work:
            await Rounds(work).close_due()
        await self.rest()

    async def allocate(self, round_id: UUID) -> None:
        """Dry run and checks by one person, release by another."""
        async with self._work(self._cast.case_worker) as work:
            run = await Runs(work).compute(round_id)
        async with self._work(self._cast.case_worker) as work:
            await Runs(work).check(run.id)
        await self._travel(self._tenant.today() + timedelta(days=2))
        async with self._work(self._cast.approver) as work:
            await Runs(work).release(run.id)
        await self.rest()

    async def reply(self, intake: RoundView) -> None:
        """Let the families answer their offers, and those the cascade brings, until none is new."""
        answered: set[UUID] = set()
        while new := [offer for offer in await self._open_offers(intake.id) if offer.id not in answered]:
            for offer in new:
                answered.add(offer.id)
                await self._reply_to(offer)
            await self.rest()

    async def _reply_to(self, offer: OfferView) -> None:
        async with self._work(self._cast.case_worker) as work:
            view = await Applications(work).get(offer.application_id)
        reply = reply_to_offer(view, offer.wish_rank, seed=self._stage.seed)
        speaker = await self._speaker(offer.child_id)
        if reply is Reply.SILENT or speaker.space is not Space.PARENTS:
            return
        with suppress(OfferReplaced):
            async with self._work(speaker) as work:
                await _give(work, offer, reply)
        # One after the other, so that every cascade finds the same line in every run.
        await self.rest()

    async def hand_over(self) -> None:
        """Send the new places to the administration system, once."""
        async with self._work(self._cast.case_worker) as work:
            if await Placements(work).last_export() is None:
                await Placements(work).export()
        await self.rest()

    async def _applications(self, round_id: UUID) -> list[ApplicationView]:
        async with self._work(self._cast.case_worker) as work:
            found = await Applications(work).of_round(round_id)
        return sorted(found, key=lambda view: (view.child_born_on, view.child_name))

    async def _open_offers(self, round_id: UUID) -> list[OfferView]:
        async with self._work(self._cast.case_worker) as work:
            found = await Offers(work).list_by_status(OfferStatus.SENT)
        order = {view.id: place for place, view in enumerate(await self._applications(round_id))}
        return sorted(found, key=lambda offer: order[offer.application_id])

    async def _speaker(self, child: UUID) -> Subject:
        """Return who answers for a child: its first guardian, or the office where nobody can log in."""
        async with self._work(self._cast.case_worker) as work:
            found = (await People(work).guardians_of([child])).get(child)
        return self._cast.parent(found[0].id) if found else self._cast.case_worker

    @asynccontextmanager
    async def _work(self, subject: Subject) -> AsyncIterator[Work]:
        async with self._stage.runtime.work(self._tenant, subject) as work:
            yield work

    async def _travel(self, day: date) -> None:
        """Set the clock to ten in the morning of a day, never back, when nothing is under way any more."""
        await self.rest()
        moment = datetime(day.year, day.month, day.day, 10, tzinfo=self._zone)
        if moment > self._stage.clock.now():
            self._stage.travel_to(moment)
            await self._stage.schedule()
            await self.rest()

    async def rest(self, *, retried: bool = True) -> None:
        """Wait until no background work of the tenant is due; unless `retried`, what has failed may wait.

        Raises StoryStuck.
        """
        deadline = time.monotonic() + _QUIET_SECONDS
        while await self._due(retried=retried):
            if time.monotonic() > deadline:
                raise StoryStuck(f"{self._tenant.slug}: background work does not come to rest")
            await asyncio.sleep(0.01)

    async def _due(self, *, retried: bool) -> int:
        async with self._stage.runtime.database.tenant(self._tenant.id) as session:
            return await outbox.count_due(session, now=self._stage.clock.now(), retried=retried)


async def _give(work: Work, offer: OfferView, reply: Reply) -> None:
    """Answer an offer; raises OfferReplaced where a better one has come in the meantime."""
    match reply:
        case Reply.ACCEPT:
            await Offers(work).accept(offer.id)
        case Reply.ACCEPT_STAYING_LISTED:
            await Offers(work).accept_staying_listed(offer.id)
        case Reply.DECLINE:
            await Offers(work).decline(offer.id)
