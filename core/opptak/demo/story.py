"""The story that must always work, told for one tenant: from the register to an exported place.

Each chapter looks at the state first and does only what is left, so a story that was interrupted goes on. The
families are robots; what they and the staff do goes through the same services as the pages.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from opptak.admission.criteria import gives_days
from opptak.admission.prefill import Houses
from opptak.admission.schemas import Answer, ApplicationView, RoundState, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.allocation.schemas import RunState
from opptak.allocation.service import Runs
from opptak.demo.cast import Cast
from opptak.demo.figures import Municipality, count
from opptak.demo.journey import Journey
from opptak.demo.proof import Proof, prove
from opptak.demo.robots import Reply, answers, first_reply, reply_to_offer
from opptak.demo.stage import Stage
from opptak.facilities.service import Facilities
from opptak.facilities.week import patterns, plus
from opptak.hooks.providers import RuleSet
from opptak.kit import outbox
from opptak.kit.db import TenantSession
from opptak.kit.subject import Subject
from opptak.offers.cascading import pass_on
from opptak.offers.errors import OfferReplaced
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.outreach.service import Outreach
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.context import TenantContext, Work

__all__ = ("Story", "StoryStuck")

_SOON = timedelta(minutes=1)
"""Work due so soon counts as due: while a look is taken, the worker may write some with a later hand."""
_STILL_SECONDS = 120
"""How long background work may stand still before the story is given up."""
_SHORTEST_LOOK, _LONGEST_LOOK = 0.02, 0.25
"""Seconds between looks at what is under way: short work is noticed soon, long work left in peace."""
_STAFFED = 0.93
"""Places the staff suffices for, by children registered today: fewer children are born each year."""
_WEEKS_OF_ANSWERS = 6
_MOST_PLACED = 100_000
_GROUP, _GROUP_DAYS = 3, 3
"""Places of the part-time group, and its days."""


class StoryStuck(Exception):
    """The story can't go on; the message says why."""


def _nothing(_line: str) -> None:
    """Keep quiet."""


class Story:
    """The story of one tenant; `say` is told each chapter, with its figures, when it is done."""

    def __init__(
        self,
        stage: Stage,
        tenant: TenantContext,
        cast: Cast,
        *,
        journey: Journey | None = None,
        say: Callable[[str], None] = _nothing,
    ) -> None:
        self._say = say
        self._stage = stage
        self._journey = journey or Journey(stage)
        self._tenant = tenant
        self._cast = cast
        self._zone = ZoneInfo(tenant.document.time_zone)

    async def tell(self) -> Municipality:
        """Do what is left of the story and return its figures; raises StoryStuck, ProgramEnded."""
        started = time.perf_counter()
        await self.furnish()
        intake = await self.invite()
        if intake.state is RoundState.OPEN:
            await self.answer(intake)
            await self.close(intake)
        if intake.state is not RoundState.RELEASED:
            await self.allocate(intake.id)
        await self.reply(intake)
        await self.hand_over()
        proof = await self.prove(intake.id)
        async with self._work(self._cast.case_worker) as work:
            return await count(work, proof=proof, seconds=time.perf_counter() - started)

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
            confirmed = await self._confirm_capacity(work)
            if gives_days(self._tenant.criteria()):
                await self._open_part_time_group(work)
        self._say(f"{confirmed} places in kindergartens confirmed, the children who have one brought in")

    async def _confirm_capacity(self, work: Work) -> int:
        """Confirm what the staff suffices for: about as many places as children are registered today."""
        facilities = Facilities(work)
        units = await Placements(work).occupancy(self._tenant.document.rounds[0].starts_on)
        proposed: Counter[UUID] = Counter()
        for unit in units:
            proposed[unit.program.facility_id] += unit.program.seats
        houses = await facilities.views(proposed)
        confirmed = 0
        for unit in units:
            house = houses[unit.program.facility_id]
            share = (house.children or 0) * unit.program.seats / (proposed[house.id] or 1)
            seats = min(unit.program.seats, max(unit.taken + 1, round(share * _STAFFED)))
            await facilities.confirm_capacity(
                unit.program.unit_id, seats=seats, valid_from=work.tenant.today()
            )
            confirmed += seats
        return confirmed

    async def _open_part_time_group(self, work: Work) -> None:
        """Give the first unit a few places more on the first days of the week."""
        facilities = Facilities(work)
        unit = (await facilities.programs(self._tenant.document.rounds[0].starts_on))[0]
        week = plus([unit.week, *[patterns(_GROUP_DAYS)[0]] * _GROUP])
        await facilities.confirm_capacity(
            unit.unit_id, seats=unit.seats, by_weekday=week, valid_from=work.tenant.today()
        )

    async def invite(self) -> RoundView:
        """Open the round and send every family with a child of the right age its letter."""
        async with self._work(self._cast.case_worker) as work:
            intake = await Rounds(work).ensure(self._tenant.document.rounds[0].intake)
        if intake.state is RoundState.OPEN:
            async with self._work(self._cast.case_worker) as work:
                await Outreach(work).start(intake.id)
            await self.rest()
            await self.require_drafts(intake.id)
        return intake

    async def require_drafts(self, round_id: UUID) -> None:
        """Go no further without applications: a round released empty could not be told again."""
        async with self._work(self._cast.case_worker) as work:
            campaign = await Outreach(work).of_round(round_id)
        done = f"{campaign.drafted} of {campaign.eligible} applications drafted"
        if not campaign.eligible or campaign.drafted < campaign.eligible:
            raise StoryStuck(f"{self._tenant.slug}: {done}; run it again")
        self._say(f"{done}, {campaign.invited} letters sent to the guardians")

    async def answer(self, intake: RoundView) -> None:
        """Let the families answer, spread over the weeks before the deadline; the silent are reminded."""
        houses = await self._houses(intake)
        await self._ask_to_move(intake, houses)
        applications = await self._applications(intake.id)
        said = Counter(view.answer is not Answer.NONE for view in applications)[True]
        for day, week in self.calendar(intake):
            await self._travel(day)
            if week is None:
                continue
            those = applications[week::_WEEKS_OF_ANSWERS]
            speakers = await self._speakers(view.child_id for view in those)
            for view in those:
                answer = first_reply(view, seed=self._stage.seed)
                if view.answer is Answer.NONE and answer is not Answer.NONE:
                    # The office answers for those nobody can log in for.
                    async with self._work(speakers.get(view.child_id, self._cast.case_worker)) as work:
                        await self._respond(work, view, intake, answer, houses)
                    said += 1
        self._say(f"{said} of {len(applications)} families have answered")

    async def _ask_to_move(self, intake: RoundView, houses: Houses) -> None:
        """Let the family of the youngest child that has a place apply for one in another house."""
        async with self._work(self._cast.case_worker) as work:
            placed = [row.placement for row in (await Placements(work).overview(size=_MOST_PLACED)).items]
            children = await People(work).get({place.child_id for place in placed})
            guardians = await People(work).guardians_of(list(children))
        reachable = [place for place in placed if guardians.get(place.child_id)]
        if not reachable:
            return
        youngest = max(
            reachable, key=lambda place: (children[place.child_id].born_on, children[place.child_id].name)
        )
        parent = self._cast.parent(guardians[youngest.child_id][0].id)
        async with self._work(parent) as work:
            view = await Applications(work).start_by_parent(youngest.child_id)
            if view.answer is Answer.NONE:
                await self._respond(work, _away_from(view, youngest.facility_id), intake, Answer.YES, houses)

    def calendar(self, intake: RoundView) -> list[tuple[date, int | None]]:
        """Return the days on which something happens before the deadline: a week's answers, or reminders.

        Reminders have days of their own so that they go to the same families whenever else the clock stops.
        """
        answers = [
            (intake.opens_on + timedelta(days=3 + 7 * week), week) for week in range(_WEEKS_OF_ANSWERS)
        ]
        rules = self._tenant.document.round(intake.intake).outreach
        before = rules.reminder_days if rules else ()
        reminders = [(intake.deadline - timedelta(days=days), None) for days in before]
        return sorted([*answers, *reminders], key=lambda entry: (entry[0], entry[1] is not None))

    async def _respond(
        self, work: Work, view: ApplicationView, intake: RoundView, answer: Answer, houses: Houses
    ) -> None:
        if answer is not Answer.YES:
            await Applications(work).answer_no(view.id, answer)
            return
        rules = self._tenant.plugins.require(RuleSet)
        band = rules.age_band(born_on=view.child_born_on, starts_on=intake.starts_on)
        suited = [house.id for house in houses.for_band(band)]
        given = answers(view, intake, suited, seed=self._stage.seed)
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
        self._say(
            f"{len(await self._open_offers(round_id))} places offered after dry run, checks and release"
        )

    async def prove(self, round_id: UUID) -> Proof:
        """Check the released run's published files, its signature and one family's line."""
        async with self._work(self._cast.case_worker) as work:
            run = next(run for run in await Runs(work).of_round(round_id) if run.state is RunState.RELEASED)
            instance, result = await Runs(work).files(run.id)
            proof = await prove(work, run.id, instance=instance, result=result)
        if not proof.holds:
            raise StoryStuck(f"{self._tenant.slug}: the certificate of run {run.number} does not verify")
        self._say(
            f"certificate of run {run.number} verified: {proof.checks} checks, signature, a family's line"
        )
        return proof

    async def reply(self, intake: RoundView) -> None:
        """Let the families answer their offers, and those the cascade brings, until none is new."""
        answered: set[UUID] = set()
        while new := [offer for offer in await self._open_offers(intake.id) if offer.id not in answered]:
            views = {view.id: view for view in await self._applications(intake.id)}
            speakers = await self._speakers(offer.child_id for offer in new)
            for offer in new:
                answered.add(offer.id)
                reply = reply_to_offer(views[offer.application_id], offer.wish_rank, seed=self._stage.seed)
                if reply is not Reply.SILENT and offer.child_id in speakers:
                    await self._reply_to(offer, reply, speakers[offer.child_id])
            await self.rest()
        if answered:
            self._say(f"{len(answered)} offers put to the families; vacated places went to the next in line")

    async def _reply_to(self, offer: OfferView, reply: Reply, speaker: Subject) -> None:
        with suppress(OfferReplaced):
            async with self._work(speaker) as work:
                await _give(work, offer, reply)
        # One after the other, so that every cascade finds the same line in every run.
        await self._passed_on()

    async def hand_over(self) -> None:
        """Send the new places to the administration system, once."""
        async with self._work(self._cast.case_worker) as work:
            if await Placements(work).last_export() is None:
                await Placements(work).export()
        await self.rest()
        async with self._work(self._cast.case_worker) as work:
            export = await Placements(work).last_export()
        self._say(f"{export.placements if export else 0} placements handed to the administration system")

    async def _applications(self, round_id: UUID) -> list[ApplicationView]:
        async with self._work(self._cast.case_worker) as work:
            found = await Applications(work).of_round(round_id)
        return sorted(found, key=lambda view: (view.child_born_on, view.child_name))

    async def _houses(self, intake: RoundView) -> Houses:
        async with self._work(self._cast.case_worker) as work:
            facilities = Facilities(work)
            return Houses(await facilities.offerable(), await facilities.programs(intake.starts_on))

    async def _open_offers(self, round_id: UUID) -> list[OfferView]:
        async with self._work(self._cast.case_worker) as work:
            found = await Offers(work).list_by_status(OfferStatus.SENT)
        if not found:
            return []
        order = {view.id: place for place, view in enumerate(await self._applications(round_id))}
        return sorted(found, key=lambda offer: order[offer.application_id])

    async def _speakers(self, children: Iterable[UUID]) -> Mapping[UUID, Subject]:
        """Return who answers for each child: its first guardian; children without one are left out."""
        async with self._work(self._cast.case_worker) as work:
            guardians = await People(work).guardians_of(list(children))
        return {child: self._cast.parent(found[0].id) for child, found in guardians.items() if found}

    @asynccontextmanager
    async def _work(self, subject: Subject) -> AsyncIterator[Work]:
        async with self._stage.runtime.work(self._tenant, subject) as work:
            yield work

    async def _travel(self, day: date) -> None:
        """Wait for ten in the morning of a day, which may have passed, when nothing is under way any more."""
        await self.rest()
        await self._journey.until(datetime(day.year, day.month, day.day, 10, tzinfo=self._zone))
        await self.rest()

    async def rest(self, *, retried: bool = True) -> None:
        """Wait until no background work of the tenant is due; unless `retried`, what has failed may wait.

        Raises StoryStuck, ProgramEnded.
        """
        await self._until_none(
            lambda session: outbox.count_due(session, now=self._stage.clock.now() + _SOON, retried=retried)
        )

    async def _passed_on(self) -> None:
        """Wait until vacated places have been offered to the next in line; see `rest`."""
        await self._until_none(lambda session: outbox.is_waiting(session, pass_on.name))

    async def _until_none(self, count: Callable[[TenantSession], Awaitable[int]]) -> None:
        pause, before, since = _SHORTEST_LOOK, 0, time.monotonic()
        while left := await self._looked(count):
            self._stage.programs.require()
            if left != before:
                before, since = left, time.monotonic()
            elif time.monotonic() - since > _STILL_SECONDS:
                raise StoryStuck(f"{self._tenant.slug}: background work does not come to rest")
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK)

    async def _looked(self, count: Callable[[TenantSession], Awaitable[int]]) -> int:
        async with self._stage.runtime.database.tenant(self._tenant.id) as session:
            return await count(session)


def _away_from(view: ApplicationView, house: UUID) -> ApplicationView:
    """Return an application without a wish for a house."""
    wishes = tuple(wish for wish in view.wishes if wish.facility_id != house)
    return msgspec.structs.replace(view, wishes=wishes)


async def _give(work: Work, offer: OfferView, reply: Reply) -> None:
    """Answer an offer; raises OfferReplaced where a better one has come in the meantime."""
    match reply:
        case Reply.ACCEPT:
            await Offers(work).accept(offer.id)
        case Reply.ACCEPT_STAYING_LISTED:
            await Offers(work).accept_staying_listed(offer.id)
        case Reply.DECLINE:
            await Offers(work).decline(offer.id)
