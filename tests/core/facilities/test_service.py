"""Facilities from the register, and the places staff confirm."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select
from tests import fakes
from tests.counting import counted
from tests.fakes import FakeTown, kindergarten

from opptak.audit.models import AuditEntry
from opptak.facilities.errors import FacilityNotFound, UnitNotFound
from opptak.facilities.models import Facility
from opptak.facilities.schemas import ImportReport, PointSource, ProgramView
from opptak.facilities.service import Facilities
from opptak.hooks.errors import Temporary
from opptak.hooks.types import AddressHit, FacilityKind, FacilityRecord
from opptak.kit.errors import Invalid
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM, Space, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
WorkAs = Callable[[Subject], AbstractAsyncContextManager[Work]]

AUGUST = date(2027, 8, 1)
STAFF = Subject(space=Space.STAFF, id=new_id(), roles=frozenset({"case_worker"}))


def register(town: FakeTown, *records: FacilityRecord) -> None:
    """Let the register have these facilities alone."""
    town.facilities = {record.register_id: record for record in records}


async def imported(work: OpenWork) -> ImportReport:
    """Import the register."""
    async with work() as opened:
        return await Facilities(opened).import_register()


async def test_import_brings_houses_units_and_places(work: OpenWork, town: FakeTown) -> None:
    register(
        town,
        kindergarten("100", area_m2=226.0, owner_id="1", owner_name="Nordreisa kommune"),
        kindergarten("200", kind=FacilityKind.OPEN),
        kindergarten("300", active=False),
    )
    report = await imported(work)
    async with work() as opened:
        houses = await Facilities(opened).offerable()
        programs = await Facilities(opened).programs(AUGUST)
    assert report == ImportReport(facilities=2, closed=1, unlocated=0, units=2)
    assert [(house.register_id, house.owner) for house in houses] == [("100", "Nordreisa kommune")]
    assert [(found.band, found.unit_name, found.seats, found.confirmed) for found in programs] == [
        ("large", "Store barn", 30, False),
        ("small", "Små barn", 20, False),
    ]


async def test_places_the_register_knows_are_confirmed_by_it(work: OpenWork, town: FakeTown) -> None:
    register(town, kindergarten("100", seats={"small": 12}))
    await imported(work)
    assert await _places(work) == [("large", 31, False), ("small", 12, True)]
    register(town, kindergarten("100", seats={"small": 14, "large": 20}))
    await imported(work)
    assert await _places(work) == [("large", 20, True), ("small", 14, True)]


async def test_places_of_staff_stand_against_the_register(
    work: OpenWork, work_as: WorkAs, town: FakeTown
) -> None:
    register(town, kindergarten("100", seats={"small": 12, "large": 20}))
    await imported(work)
    async with work_as(STAFF) as opened:
        [small] = [one for one in await Facilities(opened).programs(AUGUST) if one.band == "small"]
        await Facilities(opened).confirm_capacity(small.unit_id, seats=9, valid_from=opened.tenant.today())
    register(town, kindergarten("100", seats={"small": 15, "large": 25}))
    await imported(work)
    assert await _places(work) == [("large", 25, True), ("small", 9, True)]


async def _places(work: OpenWork) -> list[tuple[str, int, bool]]:
    async with work() as opened:
        programs = await Facilities(opened).programs(AUGUST)
    return [(found.band, found.seats, found.confirmed) for found in programs]


async def test_import_again_changes_nothing(work: OpenWork, town: FakeTown) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    async with work() as opened:
        before = await Facilities(opened).programs(AUGUST)
    assert (await imported(work)).units == 0
    async with work() as opened:
        assert await Facilities(opened).programs(AUGUST) == before


async def test_import_closes_what_the_register_has_lost(work: OpenWork, town: FakeTown) -> None:
    register(town, kindergarten("100"), kindergarten("200"))
    await imported(work)
    register(town, kindergarten("200"))
    report = await imported(work)
    async with work() as opened:
        assert [house.register_id for house in await Facilities(opened).offerable()] == ["200"]
        assert [house.active for house in await Facilities(opened).own()] == [False, True]
    assert report.closed == 1


async def test_import_geocodes_a_house_without_a_point_once(work: OpenWork, town: FakeTown) -> None:
    town.points["Barnehagevegen 2"] = AddressHit(
        text="", postcode="9151", place="", municipality="5544", latitude=69.7, longitude=21.0
    )
    register(town, kindergarten("100", latitude=None, longitude=None))
    await imported(work)
    await imported(work)
    async with work() as opened:
        house = (await Facilities(opened).offerable())[0]
    assert house.point == (69.7, 21.0)
    assert town.calls.count("search") == 1


async def test_import_keeps_a_point_set_by_hand(work: OpenWork, town: FakeTown) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    async with work() as opened:
        row = (await opened.session.scalars(select(Facility))).one()
        row.latitude, row.longitude, row.point_source = 69.0, 20.0, PointSource.MANUAL
    await imported(work)
    async with work() as opened:
        assert (await Facilities(opened).offerable())[0].point == (69.0, 20.0)


async def test_import_counts_houses_nobody_can_find(work: OpenWork, town: FakeTown) -> None:
    register(town, kindergarten("100", latitude=None, longitude=None))
    assert (await imported(work)).unlocated == 1


async def test_houses_are_imported_while_the_address_service_is_down(
    work: OpenWork, town: FakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> list[AddressHit]:
        raise Temporary

    register(town, kindergarten("100", latitude=None, longitude=None))
    monkeypatch.setattr(fakes._Addresses, "search", down)
    report = await imported(work)
    assert (report.facilities, report.unlocated) == (1, 1)


async def test_import_passes_on_that_the_register_is_down(work: OpenWork, town: FakeTown) -> None:
    town.failing = [Temporary()]
    with pytest.raises(Temporary):
        await imported(work)


async def test_confirmed_places_survive_an_import(work: OpenWork, work_as: WorkAs, town: FakeTown) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    unit = await small_unit(work)
    async with work_as(STAFF) as opened:
        await Facilities(opened).confirm_capacity(unit, seats=12, valid_from=AUGUST)
    register(town, kindergarten("100", area_m2=900.0))
    await imported(work)
    async with work() as opened:
        small = await program(opened, unit, on=AUGUST)
        july = await program(opened, unit, on=date(2027, 7, 31))
    assert (small.seats, small.confirmed) == (12, True)
    assert (july.seats, july.confirmed) == (21, False)


async def test_confirming_twice_is_one_capacity_and_noted(
    work: OpenWork, work_as: WorkAs, town: FakeTown
) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    unit = await small_unit(work)
    async with work_as(STAFF) as opened:
        await Facilities(opened).confirm_capacity(unit, seats=12, valid_from=AUGUST)
        await Facilities(opened).confirm_capacity(unit, seats=14, valid_from=AUGUST)
    async with work() as opened:
        assert (await program(opened, unit, on=AUGUST)).seats == 14
        of_unit = select(AuditEntry).where(AuditEntry.target_id == unit).order_by(AuditEntry.id)
        notes = (await opened.session.scalars(of_unit)).all()
    assert [(note.action, note.target_id, note.details) for note in notes] == [
        ("capacity.write", unit, {"seats": 12}),
        ("capacity.write", unit, {"seats": 14}),
    ]


@pytest.mark.parametrize(
    "subject",
    [
        SYSTEM,
        Subject(space=Space.PARENTS, id=new_id()),
        Subject(space=Space.STAFF, id=new_id(), facilities=frozenset({new_id()})),
    ],
    ids=["platform", "parent", "leader elsewhere"],
)
async def test_capacity_of_a_strange_house_is_not_found(
    work: OpenWork, work_as: WorkAs, town: FakeTown, subject: Subject
) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    unit = await small_unit(work)
    with pytest.raises(UnitNotFound):
        async with work_as(subject) as opened:
            await Facilities(opened).confirm_capacity(unit, seats=12, valid_from=AUGUST)


async def test_capacity_of_another_tenant_is_not_found(
    runtime: Runtime, other_tenant: TenantContext, work: OpenWork, town: FakeTown
) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    unit = await small_unit(work)
    async with work() as opened:
        house = (await Facilities(opened).own())[0].id
    async with runtime.work(other_tenant, STAFF) as foreign:
        with pytest.raises(UnitNotFound):
            await Facilities(foreign).confirm_capacity(unit, seats=1, valid_from=AUGUST)
        with pytest.raises(FacilityNotFound):
            await Facilities(foreign).get(house)
        assert await Facilities(foreign).own() == []


async def test_leader_confirms_the_own_house(work: OpenWork, work_as: WorkAs, town: FakeTown) -> None:
    register(town, kindergarten("100"))
    await imported(work)
    unit = await small_unit(work)
    async with work() as opened:
        house = (await Facilities(opened).own())[0].id
    leader = msgspec.structs.replace(STAFF, facilities=frozenset({house}))
    async with work_as(leader) as opened:
        await Facilities(opened).confirm_capacity(unit, seats=9, valid_from=AUGUST)
    async with work() as opened:
        assert (await program(opened, unit, on=AUGUST)).seats == 9


@pytest.mark.parametrize("seats", [-1, 501])
async def test_impossible_seats_are_refused(work_as: WorkAs, seats: int) -> None:
    async with work_as(STAFF) as opened:
        with pytest.raises(Invalid) as refused:
            await Facilities(opened).confirm_capacity(new_id(), seats=seats, valid_from=AUGUST)
    assert refused.value.fields == {"seats": "facility.error.seats"}


async def test_lists_need_one_query_however_many_houses(
    runtime: Runtime, work: OpenWork, town: FakeTown
) -> None:
    counts = []
    for number in (1, 30):
        register(town, *(kindergarten(f"{index:03}") for index in range(number)))
        await imported(work)
        async with work() as opened:
            _ = await opened.session.connection()
            with counted(runtime) as statements:
                await Facilities(opened).offerable()
                await Facilities(opened).programs(AUGUST)
        counts.append(len(statements))
    assert counts == [2, 2]


async def small_unit(work: OpenWork) -> UUID:
    """Return the only small unit."""
    async with work() as opened:
        programs = await Facilities(opened).programs(AUGUST)
    return next(found.unit_id for found in programs if found.band == "small")


async def program(work: Work, unit: UUID, *, on: date) -> ProgramView:
    """Return a unit's program."""
    return next(found for found in await Facilities(work).programs(on) if found.unit_id == unit)
