"""Leaders: they see their own house, and of the others nothing."""

import pytest

from opptak.admission.schemas import ApplicationView
from opptak.authz.actions import Role
from opptak.facilities.schemas import ProgramView
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.scene import Scene


class Town:
    """Two houses, each wished for by one family, and the leader of the first."""

    def __init__(
        self, leader: Colleague, houses: dict[str, ProgramView], sent: list[ApplicationView]
    ) -> None:
        self.leader = leader
        self.own, self.other = houses["a"], houses["b"]
        self.ours, self.theirs = sent


@pytest.fixture
async def town_with_leader(scene: Scene, employ: Employ) -> Town:
    houses = await scene.houses(a=2, b=2)
    sent = [(await scene.apply(await scene.family(), houses[name]))[0] for name in ("a", "b")]
    leader = await employ(Role.LEADER, house=houses["a"].facility_id)
    return Town(leader, houses, sent)


async def test_leader_sees_who_wishes_for_the_own_house(town_with_leader: Town) -> None:
    town = town_with_leader

    listed = (await town.leader.get("/staff/applications")).text

    assert town.ours.case_number in listed
    assert town.theirs.case_number not in listed


async def test_leader_opens_applications_of_the_own_house_alone(town_with_leader: Town) -> None:
    town = town_with_leader

    for page in ("", "/outcome", "/history"):
        own = await town.leader.get(f"/staff/applications/{town.ours.id}{page}")
        other = await town.leader.get(f"/staff/applications/{town.theirs.id}{page}")
        assert (own.status_code, other.status_code) == (200, 404)


async def test_leader_sees_applicants_by_wish(town_with_leader: Town) -> None:
    town = town_with_leader

    own = await town.leader.get(f"/staff/kindergartens/{town.own.facility_id}/applicants")
    other = await town.leader.get(f"/staff/kindergartens/{town.other.facility_id}/applicants")

    assert town.ours.case_number in own.text
    assert town.theirs.case_number not in own.text
    assert other.status_code == 404


async def test_leader_confirms_places_of_the_own_house_alone(town_with_leader: Town) -> None:
    town = town_with_leader
    form = {"seats": "7", "valid_from_day": "1", "valid_from_month": "8", "valid_from_year": "2027"}

    own = f"/staff/kindergartens/{town.own.facility_id}"
    other = f"/staff/kindergartens/{town.other.facility_id}"
    assert (await town.leader.get(f"{own}/units/{town.own.unit_id}")).status_code == 200
    done = await town.leader.follow(await town.leader.post(f"{own}/units/{town.own.unit_id}", **form))
    assert "0 av 7 plasser er opptatt" in done.text
    assert (await town.leader.get(other)).status_code == 404
    assert (await town.leader.post(f"{other}/units/{town.other.unit_id}", **form)).status_code == 404
    assert (await town.leader.post(f"{own}/units/{town.other.unit_id}", **form)).status_code == 404


async def test_leader_sees_units_of_the_own_house_alone(town_with_leader: Town) -> None:
    listed = (await town_with_leader.leader.get("/staff/kindergartens")).text

    assert "Barnehage a" in listed
    assert "Barnehage b" not in listed


async def test_leader_sees_places_and_offers_of_the_own_house_alone(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1, b=1)
    for name in ("a", "b"):
        await scene.apply(await scene.family(), houses[name])
        await scene.placed((await scene.family()).child, name)
    await scene.close()
    await scene.release()
    leader = await employ(Role.LEADER, house=houses["a"].facility_id)

    for page in ("/staff/offers", "/staff/placements", "/staff/offers/waiting"):
        seen = (await leader.get(page)).text
        assert "Barnehage b" not in seen
    assert "Barnehage a" in (await leader.get("/staff/placements")).text
