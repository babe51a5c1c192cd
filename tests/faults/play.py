"""The story told at a deployment that is being broken: by people at its pages, and its own background work.

The families are the demonstration's robots, so that with the same seed they say the same in every run.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.faults.caller import Caller, surely
from tests.faults.estate import Estate
from tests.faults.patience import Holds, Patience
from tests.faults.plan import Phase
from tests.faults.watch import Stuck, Watch

from opptak.admission.schemas import Answer, ApplicationView, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.demo.cast import Cast
from opptak.demo.robots import Reply, answers, first_reply, reply_to_offer
from opptak.facilities.service import Facilities
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.offers.schemas import OfferStatus, OfferView
from opptak.offers.service import Offers
from opptak.people.service import People
from opptak.tenancy.context import TenantContext, Work

__all__ = ("Play",)

_AT_ONCE = 4
"""Parents at the site at the same time."""

_CAMPAIGNS = "select count(*) from campaign"
_UNFINISHED = "select count(*) from campaign where state <> 'finished'"
_OPEN_ROUNDS = "select count(*) from admission_round where state = 'open'"
_NOT_SCHEDULED = "select count(*) from schedule where due_at <= %s"
_RUNS = "select count(*) from allocation_run"
_RUNS_IN_STATE = "select count(*) from allocation_run where state = %s"
_LAST_RUN = "select id from allocation_run order by number desc limit 1"
_EXPORTS = "select count(*) from export_run"


class Play:
    """The story of one town. `met` counts what people met at the site while things were broken."""

    def __init__(self, estate: Estate, tenant: TenantContext, cast: Cast, *, seed: int) -> None:
        self.met: Counter[str] = Counter()
        self.watch = Watch(estate.postgres)
        self.patience = Patience(estate, self.watch)
        self._estate = estate
        self._tenant = tenant
        self._cast = cast
        self._seed = seed
        self._zone = ZoneInfo(tenant.document.time_zone)
        self._case_worker = self._caller(cast.case_worker)
        self._approver = self._caller(cast.approver)

    @property
    def chapters(self) -> dict[Phase, Callable[[], Awaitable[None]]]:
        """What is told in each phase, in order."""
        return {
            Phase.OUTREACH: self._families_are_written_to,
            Phase.ANSWERS: self._families_answer,
            Phase.RELEASE: self._places_are_given_out,
            Phase.REPLIES: self._offers_are_answered,
        }

    def work(self, subject: Subject = SYSTEM) -> AbstractAsyncContextManager[Work]:
        """Open a unit of work past everything that is broken."""
        return self._estate.runtime.work(self._tenant, subject)

    async def before(self, phase: Phase) -> None:
        """Let the time pass that lies before a phase, while nothing is broken."""
        async with self.work(self._cast.case_worker) as work:
            self._intake: RoundView = await Rounds(work).ensure(self._tenant.document.rounds[0].intake)
        if phase is Phase.RELEASE:
            await self._travel(self._intake.deadline + timedelta(days=1))
            await self.patience.until(self._none(_OPEN_ROUNDS), what="the round is closed")

    async def _families_are_written_to(self) -> None:
        await self._press(
            self._case_worker, "/staff/round/outreach", self._some(_CAMPAIGNS), what="letters have begun"
        )
        await self.patience.until(self._none(_UNFINISHED), what="all families are written to")

    async def _families_answer(self) -> None:
        """Half of them answer within days, the others after the first reminder."""
        applications = await surely(self._applications)
        await self._travel(self._intake.opens_on + timedelta(days=3))
        await self._answer(applications[::2])
        await self._travel(self._intake.deadline - timedelta(days=20))
        await self._answer(applications[1::2])

    async def _answer(self, applications: Sequence[ApplicationView]) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(view: ApplicationView) -> None:
            async with gate:
                await self._respond(view)

        await asyncio.gather(*(one(view) for view in applications))

    async def _respond(self, view: ApplicationView) -> None:
        answer = first_reply(view, seed=self._seed)
        speaker = await surely(lambda: self._speaker(view.child_id))
        if answer is Answer.YES and speaker.space is Space.PARENTS:
            await self._send(view, self._caller(speaker))
        elif answer not in (Answer.YES, Answer.NONE):
            await surely(lambda: self._answer_no(view.id, speaker, answer))

    async def _send(self, view: ApplicationView, parent: Caller) -> None:
        """Send the application; where no answer comes, look whether it got through before sending again."""
        given = answers(view, self._intake, await surely(self._houses), seed=self._seed)
        sent = {
            "start_on": given.start_on.isoformat() if given.start_on else None,
            "days_per_week": given.days_per_week,
            "wishes": [str(wish) for wish in given.wishes or ()],
            "accepts_elsewhere": given.accepts_elsewhere,
            "send": True,
        }
        path = f"/api/v1/applications/{view.id}"
        while (now := (await parent.ask("GET", path)).json())["answer"] == Answer.NONE:
            answer = await parent.ask("PUT", path, json={**sent, "version": now["version"]})
            if answer.status_code not in (200, 409):
                raise Stuck(f"an application was refused: {answer.status_code}")

    async def _answer_no(self, application: UUID, speaker: Subject, answer: Answer) -> None:
        async with self.work(speaker) as work:
            if (await Applications(work).get(application)).answer is Answer.NONE:
                await Applications(work).answer_no(application, answer)

    async def _places_are_given_out(self) -> None:
        """Computed and checked by one person, released by another."""
        worker = self._case_worker
        await self._press(worker, "/staff/round/runs", self._some(_RUNS), what="a run is computed")
        [(run,)] = await self.watch.rows(_LAST_RUN)
        checked, released = self._some(_RUNS_IN_STATE, "checked"), self._some(_RUNS_IN_STATE, "released")
        await self._press(worker, f"/staff/runs/{run}/check", checked, what="the run is checked")
        await self._press(self._approver, f"/staff/runs/{run}/release", released, what="the run is released")

    async def _offers_are_answered(self) -> None:
        """One offer after the other, so that every cascade finds the same line in every run."""
        answered: set[UUID] = set()
        while new := [offer for offer in await surely(self._open_offers) if offer.id not in answered]:
            for offer in new:
                answered.add(offer.id)
                await self._reply_to(offer)
                await self.patience.rest()
        page = "/staff/placements/export"
        await self._press(self._case_worker, page, self._some(_EXPORTS), what="the places are handed over")

    async def _reply_to(self, offer: OfferView) -> None:
        views = {view.id: view for view in await surely(self._applications)}
        reply = reply_to_offer(views[offer.application_id], offer.wish_rank, seed=self._seed)
        speaker = await surely(lambda: self._speaker(offer.child_id))
        if reply is not Reply.SILENT and speaker.space is Space.PARENTS:
            path = f"/api/v1/offers/{offer.id}/answer"
            await self._caller(speaker).ask("POST", path, json={"answer": reply})

    async def _press(self, who: Caller, page: str, came: Holds, *, what: str) -> None:
        await self.patience.press(lambda: who.ask("POST", page), came, what=what)

    async def _travel(self, day: date) -> None:
        """Set the clocks to ten in the morning of a day, and wait for what falls due then."""
        await self.patience.rest()
        self._estate.travel_to(datetime(day.year, day.month, day.day, 10, tzinfo=self._zone))
        await self.scheduled()
        await self.patience.rest()

    async def scheduled(self) -> None:
        """Wait until the scheduler has looked what is due by now."""
        looked = self._none(_NOT_SCHEDULED, self._estate.clock.now())
        await self.patience.until(looked, what="the scheduler has looked")

    def _some(self, count: LiteralString, *values: object) -> Holds:
        async def some() -> bool:
            return await self.watch.number(count, *values) > 0

        return some

    def _none(self, count: LiteralString, *values: object) -> Holds:
        async def none() -> bool:
            return await self.watch.number(count, *values) == 0

        return none

    async def _houses(self) -> list[UUID]:
        async with self.work() as work:
            return [
                house.id for house in sorted(await Facilities(work).offerable(), key=lambda house: house.name)
            ]

    async def _applications(self) -> list[ApplicationView]:
        async with self.work(self._cast.case_worker) as work:
            found = await Applications(work).of_round(self._intake.id)
        return sorted(found, key=lambda view: (view.child_born_on, view.child_name))

    async def _open_offers(self) -> list[OfferView]:
        async with self.work(self._cast.case_worker) as work:
            found = await Offers(work).list_by_status(OfferStatus.SENT)
        order = {view.id: place for place, view in enumerate(await self._applications())}
        return sorted(found, key=lambda offer: order[offer.application_id])

    async def _speaker(self, child: UUID) -> Subject:
        """Return who answers for a child: a guardian, or the office where nobody can log in."""
        async with self.work(self._cast.case_worker) as work:
            found = (await People(work).guardians_of([child])).get(child)
        return self._cast.parent(min(found, key=lambda one: one.name).id) if found else self._cast.case_worker

    def _caller(self, who: Subject) -> Caller:
        return Caller(self._estate, self.watch, self._tenant, who, self.met)
