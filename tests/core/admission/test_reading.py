"""Lists of applications and their figures."""

import pytest
from sqlalchemy import select
from tests.core.scene import Scene, staff
from tests.counting import counted

from opptak.admission.schemas import ApplicationFilter, ApplicationStatus, Origin
from opptak.admission.service import Applications
from opptak.authz.actions import Role
from opptak.kit.errors import NotFound
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

WORKER = staff(Role.CASE_WORKER)


async def test_parents_see_their_own_children_alone(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    household, other = await scene.family(parents=2), await scene.family()
    [sent] = await scene.apply(household, houses["a"])
    await scene.draft(other)
    for parent in household.parents:
        async with scene.work_as(parent) as work:
            assert parent.id is not None
            assert await Applications(work).of_guardian(parent.id) == [sent]
    assert household.parent.id is not None
    async with scene.work_as(other.parent) as work:
        with pytest.raises(NotFound):
            await Applications(work).of_guardian(household.parent.id)


async def test_search_shows_other_tenants_nothing(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    await scene.houses(a=1)
    await scene.draft(await scene.family())
    async with runtime.work(other_tenant, WORKER) as work:
        page = await Applications(work).search(ApplicationFilter())
    assert (page.items, page.total) == ((), 0)


async def test_search_shows_a_leader_who_wishes_for_the_house(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    [wanted] = await scene.apply(await scene.family(), houses["b"])
    await scene.apply(await scene.family(), houses["a"])
    await scene.draft(await scene.family())
    leader = staff(Role.LEADER, facilities=frozenset({houses["b"].facility_id}))
    async with scene.work_as(leader) as work:
        page = await Applications(work).search(ApplicationFilter())
    assert [row.id for row in page.items] == [wanted.id]


async def test_search_filters_and_pages(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    for wish in ("a", "b", "a"):
        await scene.apply(await scene.family(), houses[wish], priority=wish == "b")
    await scene.draft(await scene.family())

    async def found(wanted: ApplicationFilter) -> list[str]:
        async with scene.work_as(WORKER) as work:
            page = await Applications(work).search(wanted)
        return [row.case_number for row in page.items]

    assert await found(ApplicationFilter()) == ["2027-0001", "2027-0002", "2027-0003", "2027-0004"]
    async with scene.work_as(WORKER) as work:
        first = await Applications(work).search(ApplicationFilter(size=3))
    assert (first.first, first.total) == (None, 4)
    assert await found(ApplicationFilter(after=first.last, size=3)) == ["2027-0004"]
    drafted = ApplicationFilter(statuses=(ApplicationStatus.DRAFTED,))
    assert await found(drafted) == ["2027-0004"]
    assert await found(ApplicationFilter(open_claims=True)) == ["2027-0002"]
    assert await found(ApplicationFilter(facility_id=houses["b"].facility_id, late=False)) == [
        "2027-0002",
        "2027-0004",
    ]
    assert await found(ApplicationFilter(case_number="2027-0003")) == ["2027-0003"]
    assert await found(ApplicationFilter(case_number="%")) == []


async def test_search_row_says_what_a_case_worker_looks_for(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    [sent] = await scene.apply(await scene.family(), houses["b"], houses["a"], priority=True)
    async with scene.work_as(WORKER) as work:
        page = await Applications(work).search(ApplicationFilter(round_id=sent.round_id))
    [row] = page.items
    assert (row.child_name, row.first_wish, row.wishes, row.open_claims, row.origin) == (
        sent.child_name,
        "Barnehage b",
        2,
        1,
        Origin.REGISTER,
    )


async def test_search_needs_as_many_queries_for_many_rows(scene: Scene, runtime: Runtime) -> None:
    houses = await scene.houses(a=1)
    lengths = []
    for newcomers in (1, 4):
        for _ in range(newcomers):
            await scene.apply(await scene.family(), houses["a"])
        async with scene.work_as(WORKER) as work:
            await work.session.execute(select(1))
            with counted(runtime) as statements:
                await Applications(work).search(ApplicationFilter())
        lengths.append(len(statements))
    assert lengths == [3, 3]


async def test_parents_page_needs_few_queries(scene: Scene, runtime: Runtime) -> None:
    houses = await scene.houses(a=1)
    household = await scene.family()
    [sent] = await scene.apply(household, houses["a"])
    async with scene.work_as(household.parent) as work:
        await work.session.execute(select(1))
        with counted(runtime) as statements:
            await Applications(work).get(sent.id)
    assert len(statements) == 3


async def test_counts_add_up(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"], priority=True)
    await scene.draft(await scene.family())
    async with scene.work_as(WORKER) as work:
        counts = await Applications(work).counts(sent.round_id)
    assert (counts.total, counts.late, counts.open_claims) == (2, 0, 1)
    assert {status: number for status, number in counts.by_status.items() if number} == {
        "submitted": 1,
        "drafted": 1,
    }
    assert {answer: number for answer, number in counts.by_answer.items() if number} == {
        "yes": 1,
        "none": 1,
    }
