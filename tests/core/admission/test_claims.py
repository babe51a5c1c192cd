"""Claims, decided by case workers."""

import pytest
from tests.core.scene import Scene, staff

from opptak.admission.errors import ClaimMoved
from opptak.admission.schemas import ApplicationStatus, ClaimState, ClaimView, Fact
from opptak.admission.service import Applications, Claims
from opptak.authz.actions import Role
from opptak.kit.errors import NotFound
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext


async def open_claim(scene: Scene) -> ClaimView:
    """Let a family state the priority by law, and the deadline pass."""
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"], priority=True)
    await scene.close()
    return next(claim for claim in sent.claims if claim.fact is Fact.STATUTORY_PRIORITY)


async def test_claim_is_unknown_to_parents_leaders_and_other_tenants(
    scene: Scene, runtime: Runtime, other_tenant: TenantContext
) -> None:
    claim = await open_claim(scene)
    other = await scene.family()
    for stranger in (other.parent, staff(Role.LEADER)):
        async with scene.work_as(stranger) as work:
            with pytest.raises(NotFound):
                await Claims(work).decide(claim.id, holds=True)
    async with runtime.work(other_tenant, staff(Role.CASE_WORKER)) as work:
        with pytest.raises(NotFound):
            await Claims(work).decide(claim.id, holds=True)


@pytest.mark.parametrize(("holds", "state"), [(True, ClaimState.VERIFIED), (False, ClaimState.REFUSED)])
async def test_application_is_ready_when_its_claim_is_decided(
    scene: Scene, holds: bool, state: ClaimState
) -> None:
    claim = await open_claim(scene)
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        before = await Claims(work).ask_for_proof(claim.id)
        after = await Claims(work).decide(claim.id, holds=holds)
        again = await Claims(work).decide(claim.id, holds=holds)
    assert (before.status, after.status) == (ApplicationStatus.UNDER_REVIEW, ApplicationStatus.READY)
    assert after == again
    assert [one.state for one in after.claims if one.id == claim.id] == [state]


async def test_decided_claim_is_not_asked_about_again(scene: Scene) -> None:
    claim = await open_claim(scene)
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        await Claims(work).decide(claim.id, holds=True)
        with pytest.raises(ClaimMoved):
            await Claims(work).ask_for_proof(claim.id)


async def test_author_cannot_take_back_a_decided_claim(scene: Scene) -> None:
    claim = await open_claim(scene)
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        decided = await Claims(work).decide(claim.id, holds=False)
        shown = await Applications(work).get(decided.id)
    assert [one.state for one in shown.claims if one.id == claim.id] == [ClaimState.REFUSED]
