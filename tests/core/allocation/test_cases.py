"""Criteria whose test cases fail give out no places, however they came into force."""

from datetime import date

import msgspec
import pytest
from tests.core.scene import Scene, staff
from tests.documents import nordreisa

from opptak.admission.errors import CaseFails
from opptak.allocation.service import Runs
from opptak.authz.actions import Role
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.config import Case, CaseChild
from opptak.tenancy.context import TenantContext

YOUNGER_FIRST = Case(
    says="the younger child goes first",
    first=CaseChild(born_on=date(2025, 6, 2)),
    then=CaseChild(born_on=date(2025, 6, 1)),
)


@pytest.fixture
async def tenant(runtime: Runtime, clock: TravelClock) -> TenantContext:
    """A municipality with criteria that its own case contradicts, put into force past the linter."""
    document = nordreisa(slug=f"t{new_id().hex[-12:]}")
    [criteria] = document.criteria
    wrong = msgspec.structs.replace(criteria, cases=(YOUNGER_FIRST,))
    await runtime.catalogue.apply(msgspec.structs.replace(document, criteria=(wrong,)), author="test")
    made = await runtime.tenants.by_slug(document.slug)
    assert made is not None
    return made


async def test_run_is_refused_while_a_case_fails(scene: Scene) -> None:
    await scene.close()
    round_ = await scene.round()
    async with scene.work_as(staff(Role.CASE_WORKER)) as work:
        with pytest.raises(CaseFails) as refused:
            await Runs(work).compute(round_.id)
    assert refused.value.params == {"case": "the younger child goes first"}
