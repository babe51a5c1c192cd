"""What staff see of an application, and of those who wish for a house."""

from uuid import UUID

import pytest
from tests.core.scene import Scene, staff

from opptak.admission.schemas import ClaimState
from opptak.admission.service import Applications, Claims
from opptak.audit.schemas import AuditFilter
from opptak.audit.service import AuditLog
from opptak.authz.actions import Role
from opptak.kit.errors import NotFound
from opptak.kit.subject import SYSTEM, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext


async def looks(scene: Scene, target: UUID, subject: Subject) -> int:
    """Count the looks of somebody at something that were noted."""
    async with scene.work_as(SYSTEM) as work:
        wanted = AuditFilter(target_id=target, subject_id=subject.id, action="application.read")
        return len((await AuditLog(work).search(wanted)).items)


async def test_case_is_nobodys_of_another_tenant_or_house(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    houses = await scene.houses(a=1, b=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    leader = staff(Role.LEADER, facilities=frozenset({houses["b"].facility_id}))
    async with runtime.work(other_tenant, staff(Role.CASE_WORKER)) as work:
        with pytest.raises(NotFound):
            await Applications(work).case_file(sent.id)
    async with scene.work_as(leader) as work:
        with pytest.raises(NotFound):
            await Applications(work).heading(sent.id)
        assert await Applications(work).named([sent.id]) == {}


async def test_case_file_has_the_family_and_notes_the_look(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    family = await scene.family(parents=2)
    [sent] = await scene.apply(family, houses["a"])
    worker = staff(Role.CASE_WORKER)

    async with scene.work_as(worker) as work:
        file = await Applications(work).case_file(sent.id)

    assert file.application.case_number == sent.case_number
    assert file.child.id == family.child
    assert {guardian.id for guardian in file.guardians} == {parent.id for parent in family.parents}
    assert await looks(scene, sent.id, worker) == 1


async def test_applicants_of_a_house_come_by_rank_without_those_who_withdrew(scene: Scene) -> None:
    houses = await scene.houses(a=1, b=1)
    [second] = await scene.apply(await scene.family(), houses["b"], houses["a"])
    [first] = await scene.apply(await scene.family(), houses["a"])
    gone = await scene.family()
    [withdrawn] = await scene.apply(gone, houses["a"])
    async with scene.work_as(gone.parent) as work:
        await Applications(work).withdraw(withdrawn.id)
    await scene.draft(await scene.family())
    worker = staff(Role.CASE_WORKER)

    async with scene.work_as(worker) as work:
        found = await Applications(work).applicants_at(houses["a"].facility_id, first.round_id)
        rest = await Applications(work).applicants_at(houses["a"].facility_id, first.round_id, page=2, size=1)

    assert [(row.id, row.rank) for row in found.items] == [(first.id, 1), (second.id, 2)]
    assert ([row.id for row in rest.items], rest.total) == ([second.id], 2)
    assert await looks(scene, houses["a"].facility_id, worker) == 2


async def test_refusal_keeps_its_reason_until_the_claim_is_verified(scene: Scene) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"], priority=True)
    claim = next(claim for claim in sent.claims if claim.source == "declared")
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        refused = await Claims(work).decide(claim.id, holds=False, reason="no letter")
        verified = await Claims(work).decide(claim.id, holds=True)

    assert [(one.state, one.reason) for one in refused.claims if one.id == claim.id] == [
        (ClaimState.REFUSED, "no letter")
    ]
    assert [(one.state, one.reason) for one in verified.claims if one.id == claim.id] == [
        (ClaimState.VERIFIED, "")
    ]
