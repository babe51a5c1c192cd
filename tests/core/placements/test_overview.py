"""Places as staff look at them."""

from tests.core.scene import AUGUST, Scene, staff

from opptak.authz.actions import Role
from opptak.placements.service import Placements


async def test_leader_sees_the_places_of_the_own_house_alone(scene: Scene) -> None:
    houses = await scene.houses(a=2, b=2)
    families = {name: await scene.family() for name in ("a", "b")}
    for name, family in families.items():
        await scene.placed(family.child, name)
    leader = staff(Role.LEADER, facilities=frozenset({houses["a"].facility_id}))

    async with scene.work_as(leader) as work:
        own = await Placements(work).overview()
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        everybody = await Placements(work).overview(size=1)

    assert [row.placement.child_id for row in own.items] == [families["a"].child]
    assert (own.items[0].facility_name, own.items[0].unit_name) == ("Barnehage a", "Små barn")
    assert (len(everybody.items), everybody.total) == (1, 2)


async def test_occupancy_names_every_unit(scene: Scene) -> None:
    await scene.houses(a=2)
    await scene.placed((await scene.family()).child, "a")

    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        found = await Placements(work).occupancy(AUGUST)

    assert {(one.program.band, one.program.seats, one.taken, one.free) for one in found} == {
        ("small", 2, 1, 1),
        ("large", 0, 0, 0),
    }
