"""A municipality for tests: houses with so many places, families that apply, and staff who decide."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

import msgspec
from tests.fakes import FakeTown, adult, child, kindergarten

from opptak.admission.schemas import (
    Answers,
    ApplicationStatus,
    ApplicationView,
    DraftRequest,
    RoundView,
)
from opptak.admission.service import Applications, Rounds
from opptak.allocation.schemas import RunView
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.facilities.schemas import ProgramView
from opptak.facilities.service import Facilities
from opptak.hooks.types import AddressHit, Custody, CustodyKind, PlacementRecord
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.offers.schemas import OfferView
from opptak.offers.service import Offers
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.context import Work

__all__ = (
    "AFTER_DEADLINE",
    "AUGUST",
    "SMALL",
    "Drain",
    "Household",
    "Scene",
    "WorkAs",
    "answers",
    "staff",
)

WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]


class Drained(Protocol):
    """Names of the actors that ran, and those that failed."""

    failures: list[tuple[str, str, str]]

    def __iter__(self) -> Iterator[str]: ...


Drain = Callable[[], Awaitable[Drained]]

AUGUST = date(2027, 8, 1)
"""First day of the round's places."""
SMALL = date(2025, 6, 1)
"""Birthday of a child in the age band `small`."""
AFTER_DEADLINE = datetime(2027, 3, 2, 9, tzinfo=UTC)


def staff(*roles: Role, facilities: frozenset[UUID] = frozenset()) -> Subject:
    """Return a member of staff."""
    return Subject(space=Space.STAFF, id=new_id(), roles=frozenset(roles), facilities=facilities)


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """A family that was stored."""

    children: tuple[UUID, ...]
    parents: tuple[Subject, ...]

    @property
    def child(self) -> UUID:
        """The first child."""
        return self.children[0]

    @property
    def parent(self) -> Subject:
        """The first parent."""
        return self.parents[0]


class Scene:
    """Sets a tenant up step by step; every step is a transaction of its own."""

    def __init__(self, work_as: WorkAs, town: FakeTown, clock: TravelClock) -> None:
        self.work_as = work_as
        self.town = town
        self.clock = clock
        self._serial = 0

    async def houses(self, **seats: int) -> dict[str, ProgramView]:
        """Open kindergartens named `a`, `b`… with so many places, all for small children."""
        for position, name in enumerate(seats):
            self.town.facilities[name] = kindergarten(name, latitude=69.769 + position / 100)
        async with self.work_as(staff(Role.CASE_WORKER)) as work:
            facilities = Facilities(work)
            await facilities.import_register()
            for program in await facilities.programs(AUGUST):
                wanted = seats[program.facility_register_id] if program.band == "small" else 0
                await facilities.confirm_capacity(
                    program.unit_id, seats=wanted, valid_from=work.tenant.today()
                )
        return await self.by_name()

    async def by_name(self) -> dict[str, ProgramView]:
        """Return the units for small children by the name of their house."""
        async with self.work_as(SYSTEM) as work:
            programs = await Facilities(work).programs(AUGUST)
        return {one.facility_register_id: one for one in programs if one.band == "small"}

    async def family(
        self,
        *born_on: date,
        parents: int = 1,
        languages: Sequence[str] = (),
        home: tuple[float, float] | None = (69.769, 21.034),
        **fields: object,
    ) -> Household:
        """Store children with their guardians; `fields` are the children's in the register."""
        self._serial += 10
        street = f"Veg {self._serial:04}"
        if home is not None:
            self.town.points[street] = _hit(street, home)
        kids = [
            child(self._serial + index, day, at=street, languages=tuple(languages), **fields)
            for index, day in enumerate(born_on or (SMALL,))
        ]
        adults = [adult(self._serial + 5 + index, at=street) for index in range(parents)]
        self.town.add(*kids, *adults)
        async with self.work_as(SYSTEM) as work:
            people = People(work)
            ids = await people.store([*kids, *adults])
            await people.store_custody(
                [
                    Custody(
                        child=kid.identity_number,
                        guardian=grown.identity_number,
                        kind=CustodyKind.JOINT,
                        lives_with=True,
                    )
                    for kid in kids
                    for grown in adults
                ],
                ids,
            )
            await people.locate([ids[kid.identity_number] for kid in kids])
        return Household(
            children=tuple(ids[kid.identity_number] for kid in kids),
            parents=tuple(
                Subject(space=Space.PARENTS, id=ids[grown.identity_number], level="high") for grown in adults
            ),
        )

    async def placed(self, child_id: UUID, facility: str) -> None:
        """Let a child hold a place at a kindergarten already."""
        async with self.work_as(SYSTEM) as work:
            [own] = (await People(work).numbers([child_id])).values()
            self.town.placements.append(
                PlacementRecord(
                    placement_id=f"p{own}",
                    facility_id=facility,
                    unit="",
                    child_number=own,
                    days_per_week=5,
                    hours_per_week=45,
                    starts_on=date(2025, 8, 1),
                )
            )
            await Placements(work).import_current()

    async def round(self) -> RoundView:
        """Open the round."""
        async with self.work_as(SYSTEM) as work:
            return await Rounds(work).ensure("2027")

    async def draft(self, *households: Household) -> list[ApplicationView]:
        """Draft the applications of all children, and show them as the platform sees them."""
        round_ = await self.round()
        children = [child_id for household in households for child_id in household.children]
        async with self.work_as(SYSTEM) as work:
            applications = Applications(work)
            drafted = await applications.draft(
                [DraftRequest(child_id=child_id, round_id=round_.id) for child_id in children]
            )
            return [await applications.get(drafted[child_id]) for child_id in children]

    async def apply(
        self, household: Household, *wishes: ProgramView, priority: bool = False, elsewhere: bool = False
    ) -> list[ApplicationView]:
        """Draft and send in the applications of a family."""
        sent = []
        for drafted in await self.draft(household):
            async with self.work_as(household.parent) as work:
                sent.append(
                    await Applications(work).submit(
                        drafted.id,
                        answers(*wishes, priority=priority, elsewhere=elsewhere),
                        version=drafted.version,
                    )
                )
        return sent

    async def close(self) -> None:
        """Let the deadline pass."""
        self.clock.travel_to(AFTER_DEADLINE)
        async with self.work_as(SYSTEM) as work:
            await Rounds(work).close_due()

    async def release(self) -> RunView:
        """Compute, check and release a run by two people."""
        round_ = await self.round()
        async with self.work_as(staff(Role.CASE_WORKER)) as work:
            run = await Runs(work).compute(round_.id)
            await Runs(work).check(run.id)
        async with self.work_as(staff(Role.APPROVER)) as work:
            return await Runs(work).release(run.id)

    async def offers(self, application: ApplicationView) -> list[OfferView]:
        """Return an application's offers, the newest first."""
        async with self.work_as(SYSTEM) as work:
            return (await Offers(work).of_application([application.id]))[application.id]

    async def offer(self, application: ApplicationView) -> OfferView:
        """Return an application's newest offer."""
        return (await self.offers(application))[0]

    async def status(self, application: ApplicationView) -> ApplicationStatus:
        """Return where an application stands now."""
        async with self.work_as(SYSTEM) as work:
            return (await Applications(work).get(application.id)).status


def answers(*wishes: ProgramView, priority: bool = False, elsewhere: bool = False) -> Answers:
    """Return a form that can be sent in."""
    return Answers(
        start_on=date(2027, 8, 16),
        days_per_week=5,
        wishes=tuple(wish.facility_id for wish in wishes),
        accepts_elsewhere=elsewhere,
        statutory_priority=priority,
    )


def _hit(street: str, point: tuple[float, float]) -> AddressHit:
    return AddressHit(
        text=street,
        postcode="9151",
        place="Storslett",
        municipality="5544",
        latitude=point[0],
        longitude=point[1],
    )
