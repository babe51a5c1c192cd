"""Finding applications by name, and reading a long list from some place on."""

from datetime import date
from uuid import UUID

import msgspec
import pytest
from tests.core.scene import Scene, staff

from opptak.admission.schemas import ApplicationFilter, ApplicationSort
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.hooks.types import Protection
from opptak.kit.subject import SYSTEM, Subject
from opptak.people.service import People
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

WORKER = staff(Role.CASE_WORKER)


async def found(scene: Scene, who: Subject = WORKER, **wanted: object) -> list[str]:
    """Return the names of the children a search finds, in its order."""
    async with scene.work_as(who) as work:
        part = await Applications(work).search(ApplicationFilter(**wanted))  # type: ignore[arg-type]
    return [row.child_name for row in part.items]


@pytest.fixture
async def town_full(scene: Scene) -> Scene:
    """Families with names that people spell in several ways."""
    houses = await scene.houses(a=1, b=1)
    for given, family, born in (
        ("Šárá Biret", "Eira", date(2025, 3, 1)),
        ("Åse", "Bakken-Hansen", date(2025, 1, 1)),
        ("Øystein", "Ørnes", date(2025, 2, 1)),
    ):
        household = await scene.family(born, given_name=given, family_name=family)
        await scene.apply(household, houses["a"])
    return scene


@pytest.mark.parametrize(
    ("name", "children"),
    [
        ("sara", ["Šárá Biret Eira"]),
        ("BIRET eir", ["Šárá Biret Eira"]),
        ("šárá", ["Šárá Biret Eira"]),
        ("hansen", ["Åse Bakken-Hansen"]),
        ("åse b", ["Åse Bakken-Hansen"]),
        ("ase", ["Åse Bakken-Hansen"]),
        ("oystein", ["Øystein Ørnes"]),
        ("ansen", []),
        ("åse eira", []),
        ("%", []),
    ],
)
async def test_names_are_found_by_their_beginnings(town_full: Scene, name: str, children: list[str]) -> None:
    if name == "%":
        assert len(await found(town_full, name=name)) == 3  # no word to look for
    else:
        assert await found(town_full, name=name) == children


async def test_child_is_found_by_a_guardians_name(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    household = await scene.family(parents=2)
    [sent] = await scene.apply(household, houses["a"])
    await scene.apply(await scene.family(), houses["a"])
    async with scene.work_as(WORKER) as work:
        guardian = (await Applications(work).case_file(sent.id)).guardians[0]

    assert await found(scene, name=guardian.name) == [sent.child_name]


async def test_name_finds_nothing_in_another_municipality(
    town_full: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    async with runtime.work(other_tenant, WORKER) as work:
        part = await Applications(work).search(ApplicationFilter(name="Sara"))
    assert (part.items, part.total) == ((), 0)


async def test_protected_people_are_found_by_those_who_work_with_them(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    hidden = await scene.family(home=None, protection=Protection.STRICT, given_name="Vera")
    [sent] = await scene.apply(hidden, houses["a"])
    leader = staff(Role.LEADER, facilities=frozenset({houses["a"].facility_id}))

    assert await found(scene, name="vera") == [sent.child_name]
    assert await found(scene, leader, name="vera") == []
    assert await found(scene, leader) == [sent.child_name]


async def test_register_that_corrects_a_name_corrects_what_is_found(town_full: Scene) -> None:
    town = town_full.town
    [person] = [one for one in town.people.values() if one.given_name == "Åse"]

    async with town_full.work_as(SYSTEM) as work:
        await People(work).store([msgspec.structs.replace(person, given_name="Aslaug")])

    assert await found(town_full, name="åse") == []
    assert await found(town_full, name="aslaug") == ["Aslaug Bakken-Hansen"]


@pytest.mark.parametrize(
    ("sort", "children"),
    [
        (ApplicationSort.CASE_NUMBER, ["Šárá", "Åse", "Øystein"]),
        (ApplicationSort.NEWEST, ["Øystein", "Åse", "Šárá"]),
        (ApplicationSort.CHILD, ["Šárá", "Øystein", "Åse"]),
        (ApplicationSort.BORN, ["Šárá", "Øystein", "Åse"]),
    ],
)
async def test_list_reads_the_same_forwards_and_backwards(
    town_full: Scene, sort: ApplicationSort, children: list[str]
) -> None:
    names: list[str] = []
    place: UUID | None = None
    async with town_full.work_as(WORKER) as work:
        while True:
            part = await Applications(work).search(ApplicationFilter(sort=sort, after=place, size=1))
            names += [row.child_name.split()[0] for row in part.items]
            if part.last is None:
                break
            place = part.last
        back = await Applications(work).search(ApplicationFilter(sort=sort, before=part.first, size=2))

    assert names == children
    assert part.total == 3
    assert [row.child_name.split()[0] for row in back.items] == children[:2]
    assert (back.first, back.last) == (None, back.items[-1].id)


async def test_place_that_is_gone_is_the_beginning(town_full: Scene) -> None:
    assert len(await found(town_full, after=UUID(int=1))) == 3
