"""Storing people: one row a person, whatever their numbers and addresses do."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta

import msgspec
from sqlalchemy import func, select
from tests.fakes import address, adult, child, number

from opptak.hooks.types import Custody, CustodyKind, PersonState, PostalAddress, Protection
from opptak.kit.clock import TravelClock
from opptak.kit.subject import SYSTEM
from opptak.people.models import Custody as StoredCustody
from opptak.people.models import Person
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


async def test_store_keeps_one_row_a_person(work: OpenWork) -> None:
    first = child(1, date(2025, 3, 1))
    async with work() as first_work:
        before = await People(first_work).store([first, first])
    async with work() as second_work:
        renamed = msgspec.structs.replace(first, family_name="Nordlys")
        after = await People(second_work).store([renamed])
        view = (await People(second_work).get(after.values()))[after[first.identity_number]]
        rows = await second_work.session.scalar(select(func.count()).select_from(Person))
    assert after == before
    assert (view.name, rows) == ("Barn Nordlys", 1)


async def test_store_hides_the_number(work: OpenWork) -> None:
    async with work() as opened:
        ids = await People(opened).store([child(1, date(2025, 3, 1))])
        row = (await opened.session.scalars(select(Person))).one()
        assert number(1).encode() not in row.number_sealed
        assert number(1).encode() not in row.number_index
        assert await People(opened).numbers(ids.values()) == {ids[number(1)]: number(1)}


async def test_store_is_blind_to_other_tenants(
    runtime: Runtime, other_tenant: TenantContext, work: OpenWork
) -> None:
    async with work() as opened:
        ids = await People(opened).store([child(1, date(2025, 3, 1))])
    async with runtime.work(other_tenant, SYSTEM) as foreign:
        assert await People(foreign).by_number(number(1)) is None
        assert await People(foreign).get(ids.values()) == {}


async def test_store_follows_a_new_number(work: OpenWork) -> None:
    old = child(1, date(2025, 3, 1))
    new = msgspec.structs.replace(old, identity_number=number(2), former_numbers=(number(1),))
    async with work() as opened:
        before = await People(opened).store([old])
    async with work() as opened:
        after = await People(opened).store([new])
        assert after == {number(2): before[number(1)], number(1): before[number(1)]}
        assert await People(opened).numbers(before.values()) == {before[number(1)]: number(2)}
        assert await People(opened).by_number(number(1)) is None


async def test_store_retires_a_duplicate(work: OpenWork) -> None:
    old, other = child(1, date(2025, 3, 1)), child(2, date(2025, 3, 1))
    merged = msgspec.structs.replace(other, former_numbers=(number(1),))
    async with work() as opened:
        before = await People(opened).store([old, other])
    async with work() as opened:
        after = await People(opened).store([merged])
        duplicate = (await People(opened).get([before[number(1)]]))[before[number(1)]]
    assert after == {number(1): before[number(2)], number(2): before[number(2)]}
    assert duplicate.state is PersonState.OTHER


async def test_store_forgets_the_point_of_an_old_address(work: OpenWork) -> None:
    person = child(1, date(2025, 3, 1))
    async with work() as opened:
        ids = await People(opened).store([person])
        row = (await opened.session.scalars(select(Person))).one()
        row.latitude, row.longitude = 69.77, 21.03
    async with work() as opened:
        await People(opened).store([person])
        assert (await People(opened).get(ids.values()))[ids[number(1)]].point == (69.77, 21.03)
    async with work() as opened:
        moved = msgspec.structs.replace(person, residence=address("Elvevegen 4"))
        await People(opened).store([moved])
        assert (await People(opened).get(ids.values()))[ids[number(1)]].point is None


async def test_protected_addresses_are_for_the_envelope_alone(work: OpenWork) -> None:
    forwarding = PostalAddress(lines=("Postboks 1",), postcode="0001", place="Oslo")
    open_, secret, client, strict = (
        adult(1),
        adult(2, protection=Protection.CONFIDENTIAL),
        adult(3, protection=Protection.CLIENT),
        adult(4, protection=Protection.STRICT, residence=None, postal=forwarding),
    )
    async with work() as opened:
        people = People(opened)
        ids = await people.store([open_, secret, client, strict])
        views = await people.get(ids.values())
        shown = [views[ids[number(serial)]].address for serial in (1, 2, 3, 4)]
        post = await people.addressees(ids.values())
        rows = (await opened.session.scalars(select(Person).order_by(Person.number_index))).all()
    assert shown == ["Fjellvegen 1, 9151 Storslett", None, None, None]
    assert all("Fjellvegen" not in repr(vars(row)) for row in rows if row.protection != "none")
    lines = [found.lines for serial in (1, 2, 3, 4) if (found := post[ids[number(serial)]].address)]
    assert lines == [("Fjellvegen 1",), ("Fjellvegen 1",), ("Fjellvegen 1",), ("Postboks 1",)]


async def test_person_who_becomes_protected_is_closed_in(work: OpenWork) -> None:
    person = adult(1)
    async with work() as opened:
        await People(opened).store([person])
        row = (await opened.session.scalars(select(Person))).one()
        row.latitude, row.longitude = 69.77, 21.03
    async with work() as opened:
        ids = await People(opened).store(
            [msgspec.structs.replace(person, protection=Protection.CONFIDENTIAL)]
        )
        view = (await People(opened).get(ids.values()))[ids[number(1)]]
        row = (await opened.session.scalars(select(Person))).one()
    assert (view.address, view.point, view.protected) == (None, None, True)
    assert (row.dwelling, row.address_lines, row.postcode) == ("", [], "")


async def test_custody_is_closed_when_the_register_no_longer_says_so(
    work: OpenWork, clock: TravelClock
) -> None:
    kid, one, other = child(1, date(2025, 3, 1)), adult(2), adult(3)
    both = [_custody(kid.identity_number, guardian.identity_number) for guardian in (one, other)]
    async with work() as opened:
        ids = await People(opened).store([kid, one, other])
        await People(opened).store_custody(both, ids)
    clock.travel(timedelta(days=30))
    async with work() as opened:
        await People(opened).store_custody(both[:1], ids)
        guardians = await People(opened).guardians_of([ids[number(1)]])
        children = await People(opened).children_of(ids[number(3)])
        row = (
            await opened.session.scalars(
                select(StoredCustody).where(StoredCustody.guardian_id == ids[number(3)])
            )
        ).one()
    assert [guardian.id for guardian in guardians[ids[number(1)]]] == [ids[number(2)]]
    assert (children, row.valid_from, row.valid_to) == ([], date(2027, 1, 11), date(2027, 2, 10))


async def test_custody_that_comes_back_starts_anew(work: OpenWork, clock: TravelClock) -> None:
    kid, guardian = child(1, date(2025, 3, 1)), adult(2)
    said = [_custody(number(1), number(2))]
    async with work() as opened:
        ids = await People(opened).store([kid, guardian])
        await People(opened).store_custody(said, ids)
        await People(opened).store_custody([], ids, asked=[ids[number(1)]])
    clock.travel(timedelta(days=1))
    async with work() as opened:
        await People(opened).store_custody(said, ids)
        row = (await opened.session.scalars(select(StoredCustody))).one()
    assert (row.valid_from, row.valid_to) == (date(2027, 1, 12), None)


def _custody(kid: str, guardian: str) -> Custody:
    return Custody(child=kid, guardian=guardian, kind=CustodyKind.JOINT, lives_with=True)
