"""Asking the registers: what they know is stored, what they do not say is left out."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date

import pytest
from tests.fakes import FakeTown, adult, child, number

from opptak.hooks.errors import Temporary, Unsupported
from opptak.hooks.types import AddressHit, Contact, Custody, CustodyKind, PersonState, Protection
from opptak.people.service import People
from opptak.tenancy.context import Work

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]


async def test_fetch_leaves_out_strangers(work: OpenWork, town: FakeTown) -> None:
    town.add(adult(1))
    async with work() as opened:
        found = await People(opened).fetch([number(1), number(9)])
    assert list(found) == [number(1)]
    assert town.calls == ["people"]


async def test_fetch_asks_one_by_one_where_the_register_has_no_bulk(work: OpenWork, town: FakeTown) -> None:
    town.add(adult(1))
    town.failing = [Unsupported()]
    async with work() as opened:
        found = await People(opened).fetch([number(1), number(9)])
    assert list(found) == [number(1)]
    assert town.calls == ["people", "person", "person"]


async def test_fetch_passes_on_that_the_register_is_down(work: OpenWork, town: FakeTown) -> None:
    town.failing = [Temporary("FREG-001")]
    with pytest.raises(Temporary):
        async with work() as opened:
            await People(opened).fetch([number(1)])


async def test_fetch_guardians_stores_families(work: OpenWork, town: FakeTown) -> None:
    kids = [child(1, date(2025, 3, 1)), child(2, date(2023, 5, 1))]
    town.family("joint", kids, [adult(3), adult(4, at="Elvevegen 4")])
    async with work() as opened:
        people = People(opened)
        ids = await people.store(kids)
        await people.fetch_guardians(ids)
        guardians = (await people.guardians_of([ids[number(1)]]))[ids[number(1)]]
        children = await people.children_of(guardians[1].id)
        siblings = await people.siblings_of(ids.values())
    assert [(found.name, found.lives_with) for found in guardians] == [
        ("Voksen Prøve3", True),
        ("Voksen Prøve4", False),
    ]
    assert [found.id for found in children] == [ids[number(2)], ids[number(1)]]
    assert siblings == {ids[number(1)]: [ids[number(2)]], ids[number(2)]: [ids[number(1)]]}


async def test_fetch_guardians_skips_holders_without_a_number_and_the_dead(
    work: OpenWork, town: FakeTown
) -> None:
    kid = child(1, date(2025, 3, 1))
    town.family("joint", [kid], [adult(2), adult(3, state=PersonState.DEAD)])
    town.custody.append(
        Custody(child=number(1), guardian=None, kind=CustodyKind.JOINT, guardian_name="Utan Nummer")
    )
    async with work() as opened:
        ids = await People(opened).store([kid])
        await People(opened).fetch_guardians(ids)
        guardians = await People(opened).guardians_of(ids.values())
    assert [found.name for found in guardians[ids[number(1)]]] == ["Voksen Prøve2"]


async def test_contacts_say_how_to_reach_a_guardian(work: OpenWork, town: FakeTown) -> None:
    kid = child(1, date(2025, 3, 1))
    town.family("joint", [kid], [adult(2, languages=("se",)), adult(3)])
    town.contacts[number(3)] = Contact(
        identity_number=number(3), registered=True, may_notify=True, language="nn"
    )
    async with work() as opened:
        people = People(opened)
        ids = await people.store([kid])
        await people.fetch_guardians(ids)
        before = (await people.guardians_of(ids.values()))[ids[number(1)]]
        await people.refresh_contacts([guardian.id for guardian in before])
        after = (await people.guardians_of(ids.values()))[ids[number(1)]]
    shown = {found.name: (found.letter_language(opened.tenant), found.digital) for found in after}
    assert shown == {"Voksen Prøve2": ("se", False), "Voksen Prøve3": ("nn", True)}


@pytest.mark.parametrize(
    ("contact", "digital"),
    [
        (Contact(identity_number="", registered=True, may_notify=True), True),
        (Contact(identity_number="", registered=True, may_notify=True, reserved=True), False),
        (Contact(identity_number="", registered=True, email="a@b.example"), False),
        (Contact(identity_number=""), False),
    ],
)
async def test_reservation_and_stale_contacts_mean_paper(
    work: OpenWork, town: FakeTown, contact: Contact, digital: bool
) -> None:
    town.add(adult(1))
    town.contacts[number(1)] = Contact(
        identity_number=number(1),
        registered=contact.registered,
        reserved=contact.reserved,
        may_notify=contact.may_notify,
        email=contact.email,
    )
    async with work() as opened:
        ids = await People(opened).fetch([number(1)])
        await People(opened).refresh_contacts(list(ids.values()))
        (addressee,) = (await People(opened).addressees(ids.values())).values()
    assert addressee.digital is digital


async def test_locate_asks_once_an_address_and_never_for_the_protected(
    work: OpenWork, town: FakeTown
) -> None:
    town.points["Fjellvegen 1"] = AddressHit(
        text="Fjellvegen 1",
        postcode="9151",
        place="Storslett",
        municipality="5544",
        latitude=69.77,
        longitude=21.03,
    )
    family = [
        child(1, date(2025, 3, 1)),
        child(2, date(2023, 3, 1)),
        child(3, date(2024, 3, 1), protection=Protection.CONFIDENTIAL),
        child(4, date(2024, 3, 1), at="Ukjent 9"),
    ]
    async with work() as opened:
        people = People(opened)
        ids = await people.store(family)
        await people.locate(ids.values())
        await people.locate([ids[number(1)]])
        views = await people.get(ids.values())
    points = [views[ids[number(serial)]].point for serial in (1, 2, 3, 4)]
    assert points == [(69.77, 21.03), (69.77, 21.03), None, None]
    assert town.calls == ["search", "search"]


async def test_born_between_finds_residents_of_the_area(work: OpenWork) -> None:
    here = child(1, date(2025, 3, 1))
    too_old = child(2, date(2020, 3, 1))
    gone = child(3, date(2025, 3, 1), state=PersonState.MOVED_OUT)
    strict = child(4, date(2025, 3, 1), protection=Protection.STRICT, residence=None)
    async with work() as opened:
        ids = await People(opened).store([here, too_old, gone, strict])
        found = await People(opened).born_between(date(2022, 1, 1), date(2026, 11, 30))
        first = await People(opened).born_between(
            date(2022, 1, 1), date(2026, 11, 30), within=(found[0], found[0])
        )
    assert set(found) == {ids[number(1)], ids[number(4)]}
    assert first == found[:1]
