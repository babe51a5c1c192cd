"""Places: imported, made from offers, ended, counted, handed over."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select
from tests.conftest import Drained
from tests.counting import counted
from tests.fakes import FakeTown, child, kindergarten, number
from tests.rows import filled

from opptak.admission.models import Application, Round
from opptak.allocation.models import AllocationRun
from opptak.documents.schemas import Download
from opptak.facilities.schemas import ProgramView
from opptak.facilities.service import Facilities
from opptak.facilities.week import EVERY_DAY, every_day
from opptak.hooks.errors import Temporary
from opptak.hooks.types import PlacementRecord
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import Space, Subject
from opptak.offers.models import Offer
from opptak.people.service import People
from opptak.placements.errors import (
    ExportNotFound,
    ExportNotReady,
    PlacementNotFound,
    SystemNotConnected,
)
from opptak.placements.models import Placement
from opptak.placements.neutral import from_json
from opptak.placements.schemas import ExportFormat, ExportState, ImportReport
from opptak.placements.service import Placements
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]
Drain = Callable[[], Awaitable[Drained]]

AUGUST = date(2027, 8, 1)
STAFF = Subject(space=Space.STAFF, id=new_id(), roles=frozenset({"case_worker"}))


@pytest.fixture
async def programs(work: OpenWork, town: FakeTown) -> list[ProgramView]:
    """Two facilities with a large and a small unit each."""
    town.facilities = {name: kindergarten(name) for name in ("100", "200")}
    async with work() as opened:
        await Facilities(opened).import_register()
        return await Facilities(opened).programs(AUGUST)


def record(serial: int, **fields: object) -> PlacementRecord:
    """Return the place a child holds at facility 100."""
    given = PlacementRecord(
        placement_id=f"p{serial}",
        facility_id="100",
        unit="Revehiet",
        child_number=number(serial),
        days_per_week=5,
        hours_per_week=45.0,
        starts_on=date(2026, 8, 1),
    )
    return msgspec.structs.replace(given, **fields)


async def imported(work: OpenWork) -> ImportReport:
    """Import what the administration system has."""
    async with work() as opened:
        return await Placements(opened).import_current()


def unit(programs: list[ProgramView], register_id: str, band: str) -> ProgramView:
    """Return the program of a facility and band."""
    return next(
        found for found in programs if (found.facility_register_id, found.band) == (register_id, band)
    )


async def test_import_places_children_by_age_until_school(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.add(child(1, date(2025, 3, 1)), child(2, date(2022, 3, 1)))
    town.placements = [record(1), record(2, ends_on=date(2027, 6, 30))]
    report = await imported(work)
    async with work() as opened:
        ids = await People(opened).fetch([number(1), number(2)])
        held = await Placements(opened).held_by(ids.values(), date(2027, 2, 1))
    small, large = unit(programs, "100", "small"), unit(programs, "100", "large")
    assert report == ImportReport(imported=2, ours=0, unknown_children=0, unknown_facilities=0, ended=0)
    assert held[ids[number(1)]].unit_id == small.unit_id
    assert held[ids[number(1)]].ends_on == date(2031, 7, 31)
    assert held[ids[number(2)]].unit_id == large.unit_id
    assert held[ids[number(2)]].ends_on == date(2027, 6, 30)


async def test_import_again_changes_nothing(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.add(child(1, date(2025, 3, 1)))
    town.placements = [record(1)]
    await imported(work)
    assert (await imported(work)).imported == 1
    async with work() as opened:
        assert await opened.session.scalar(select(func.count()).select_from(Placement)) == 1


async def test_import_counts_what_it_can_not_place(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.add(child(1, date(2025, 3, 1)), child(2, date(2025, 3, 1)))
    town.placements = [record(1), record(2, facility_id="999"), record(3)]
    assert await imported(work) == ImportReport(
        imported=1, ours=0, unknown_children=1, unknown_facilities=1, ended=0
    )


async def test_import_ends_what_is_gone_but_never_everything(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.add(child(1, date(2025, 3, 1)), child(2, date(2025, 3, 1)))
    town.placements = [record(1), record(2)]
    await imported(work)
    town.placements = []
    assert (await imported(work)).ended == 0
    town.placements = [record(1)]
    assert (await imported(work)).ended == 1
    async with work() as opened:
        days = (await opened.session.scalars(select(Placement.ends_on).order_by(Placement.ends_on))).all()
    assert days == [date(2027, 1, 10), date(2031, 7, 31)]


async def test_import_passes_on_that_the_system_is_down(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.failing = [Temporary()]
    with pytest.raises(Temporary):
        await imported(work)


async def test_occupied_counts_a_child_in_the_band_it_has_grown_into(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    town.add(child(1, date(2024, 9, 1)), child(2, date(2025, 3, 1)), child(3, date(2021, 3, 1)))
    town.placements = [record(1), record(2), record(3)]
    await imported(work)
    async with work() as opened:
        january = await Placements(opened).occupied(date(2027, 1, 15))
        august = await Placements(opened).occupied(AUGUST)
    small, large = unit(programs, "100", "small").unit_id, unit(programs, "100", "large").unit_id
    assert january == {small: every_day(2), large: EVERY_DAY}
    assert august == {small: EVERY_DAY, large: EVERY_DAY}


async def test_occupied_and_held_need_as_many_queries_for_one_as_for_many(
    runtime: Runtime, work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    counts = []
    for serials in (range(1, 2), range(2, 40)):
        town.add(*(child(serial, date(2025, 3, 1)) for serial in serials))
        town.placements += [record(serial) for serial in serials]
        await imported(work)
        async with work() as opened:
            ids = await People(opened).born_between(date(2025, 1, 1), date(2025, 12, 31))
            with counted(runtime) as statements:
                await Placements(opened).occupied(AUGUST)
                await Placements(opened).held_by(ids, AUGUST)
        counts.append(len(statements))
    assert counts == [4, 4]


async def test_offer_becomes_one_place(work: OpenWork, programs: list[ProgramView]) -> None:
    small = unit(programs, "100", "small")
    offer = await offered(work, small, serial=1)
    async with work() as opened:
        first = await placed(opened, offer)
        again = await placed(opened, offer)
        view = (await Placements(opened).of_offers([offer.id]))[offer.id]
        free = await Placements(opened).held_by([offer.child_id], AUGUST - timedelta(days=1))
    assert again == first == view.id
    assert (view.starts_on, view.ends_on, view.days_per_week) == (AUGUST, date(2031, 7, 31), 5)
    assert free == {}


async def test_two_acceptances_at_once_make_one_place(work: OpenWork, programs: list[ProgramView]) -> None:
    offer = await offered(work, unit(programs, "100", "small"), serial=1)

    async def accept() -> UUID:
        async with work() as opened:
            return await placed(opened, offer)

    first, second = await asyncio.gather(accept(), accept())
    assert first == second


async def test_full_place_ends_the_one_before(work: OpenWork, programs: list[ProgramView]) -> None:
    before = await offered(work, unit(programs, "100", "small"), serial=1)
    after = await offered(work, unit(programs, "200", "small"), child_id=before.child_id)
    async with work() as opened:
        await placed(opened, before, starts_on=date(2027, 3, 1))
        await placed(opened, after)
        views = await Placements(opened).of_offers([before.id, after.id])
    assert views[before.id].ends_on == date(2027, 7, 31)
    assert views[after.id].starts_on == AUGUST


async def test_better_offer_for_the_same_day_undoes_the_first(
    work: OpenWork, programs: list[ProgramView]
) -> None:
    small, other = unit(programs, "100", "small"), unit(programs, "200", "small")
    first = await offered(work, small, serial=1)
    better = await offered(work, other, child_id=first.child_id)
    async with work() as opened:
        await placed(opened, first)
        await placed(opened, better)
    async with work() as opened:
        assert await Placements(opened).occupied(AUGUST) == {other.unit_id: EVERY_DAY}
        assert await Placements(opened).occupied(AUGUST, among=[other.facility_id]) == {
            other.unit_id: EVERY_DAY
        }
        assert await Placements(opened).occupied(AUGUST, among=[]) == {}
        held = await Placements(opened).held_by([first.child_id], AUGUST)
    assert held[first.child_id].offer_id == better.id


async def test_parts_that_fit_a_week_stand_beside_each_other(
    work: OpenWork, programs: list[ProgramView]
) -> None:
    one = await offered(work, unit(programs, "100", "small"), serial=1)
    other = await offered(work, unit(programs, "200", "small"), child_id=one.child_id)
    async with work() as opened:
        await placed(opened, one, days_per_week=3)
        await placed(opened, other, days_per_week=2)
    async with work() as opened:
        occupied = await Placements(opened).occupied(AUGUST)
    assert occupied == {one.unit_id: EVERY_DAY, other.unit_id: EVERY_DAY}


async def test_vacated_place_is_free_the_day_after(work: OpenWork, programs: list[ProgramView]) -> None:
    offer = await offered(work, unit(programs, "100", "small"), serial=1)
    async with work() as opened:
        place = await placed(opened, offer)
        await Placements(opened).vacate(place, last_day=date(2027, 9, 30))
        with pytest.raises(PlacementNotFound):
            await Placements(opened).vacate(new_id(), last_day=AUGUST)
    async with work() as opened:
        assert await Placements(opened).occupied(date(2027, 9, 30)) == {offer.unit_id: EVERY_DAY}
        assert await Placements(opened).occupied(date(2027, 10, 1)) == {}


async def test_export_hands_over_what_was_placed_here(
    work: OpenWork, town: FakeTown, programs: list[ProgramView], drain: Drain
) -> None:
    town.add(child(7, date(2025, 3, 1)))
    town.placements = [record(7)]
    await imported(work)
    offer = await offered(work, unit(programs, "100", "small"), serial=1)
    async with work() as opened:
        place = await placed(opened, offer)
        run = await Placements(opened).export()
    assert await drain() == ["placement.export"]
    assert town.exports == {
        str(run): (
            PlacementRecord(
                placement_id=str(place),
                facility_id="100",
                unit="Små barn",
                child_number=number(1),
                days_per_week=5,
                hours_per_week=45.0,
                starts_on=AUGUST,
                ends_on=date(2031, 7, 31),
                decision_reference=str(offer.id),
            ),
        )
    }
    async with work() as opened:
        view = await Placements(opened).last_export()
        assert view is not None
        json, csv = [await Placements(opened).export_file(run, format_) for format_ in ExportFormat]
    assert (view.id, view.state, view.placements, view.refused) == (
        run,
        ExportState.HANDED_OVER,
        1,
        0,
    )
    assert isinstance(json, Download)
    assert [found.placement_id for found in from_json(json.content).placements] == [str(place)]
    assert (json.name, csv.name) == ("placements-2027-01-11.json", "placements-2027-01-11.csv")
    assert str(place).encode() in csv.content


async def test_export_comes_back_in_the_next_import_and_is_left_alone(
    work: OpenWork, town: FakeTown, programs: list[ProgramView]
) -> None:
    offer = await offered(work, unit(programs, "100", "small"), serial=1)
    async with work() as opened:
        place = await placed(opened, offer)
    town.placements = [record(1, placement_id=str(place))]
    assert (await imported(work)).ours == 1
    async with work() as opened:
        assert await opened.session.scalar(select(func.count()).select_from(Placement)) == 1


async def test_export_is_tried_again_under_the_same_key(
    work: OpenWork,
    town: FakeTown,
    programs: list[ProgramView],
    drain: Drain,
    clock: TravelClock,
) -> None:
    async with work() as opened:
        run = await Placements(opened).export("fake")
    town.failing = [Temporary("503")]
    await drain()
    async with work() as opened:
        with pytest.raises(ExportNotReady):
            await Placements(opened).export_file(run, ExportFormat.JSON)
    clock.travel(timedelta(hours=2))
    await drain()
    assert list(town.exports) == [str(run)]


async def test_export_to_a_stranger_is_refused(
    runtime: Runtime, other_tenant: TenantContext, work: OpenWork, programs: list[ProgramView]
) -> None:
    async with work() as opened:
        with pytest.raises(SystemNotConnected):
            await Placements(opened).export("nobody")
        run = await Placements(opened).export()
    async with runtime.work(other_tenant, STAFF) as foreign:
        with pytest.raises(ExportNotFound):
            await Placements(foreign).export_file(run, ExportFormat.CSV)
        assert await Placements(foreign).last_export() is None


async def offered(
    work: OpenWork, program: ProgramView, *, serial: int = 0, child_id: UUID | None = None
) -> Offer:
    """Return an offer in a unit to a new child, or one that has an application already."""
    async with work() as opened:
        if child_id is None:
            ids = await People(opened).store([child(serial, date(2025, 3, 1))])
            child_id = ids[number(serial)]
        round_ = filled(Round, intake=new_id().hex)
        opened.session.add(round_)
        await opened.session.flush()
        application = filled(Application, round_id=round_.id, child_id=child_id, case_number=new_id().hex)
        run = filled(AllocationRun, round_id=round_.id)
        opened.session.add_all([application, run])
        await opened.session.flush()
        offer = filled(
            Offer,
            round_id=round_.id,
            application_id=application.id,
            child_id=child_id,
            unit_id=program.unit_id,
            facility_id=program.facility_id,
            run_id=run.id,
            starts_on=AUGUST,
            days_per_week=5,
        )
        opened.session.add(offer)
    return offer


async def placed(work: Work, offer: Offer, *, starts_on: date = AUGUST, days_per_week: int = 5) -> UUID:
    """Place the child of an offer."""
    return await Placements(work).from_offer(
        offer_id=offer.id,
        child_id=offer.child_id,
        unit_id=offer.unit_id,
        facility_id=offer.facility_id,
        starts_on=starts_on,
        days_per_week=days_per_week,
    )
