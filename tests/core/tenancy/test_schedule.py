"""Periodic work: planned for every tenant, due in portions, spread, and only for modules that are on."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select
from tests.conftest import new_tenant
from tests.counting import counted

from opptak.kit.clock import TravelClock
from opptak.kit.db import Role
from opptak.kit.outbox import OutboxJob
from opptak.runtime import Runtime
from opptak.tenancy import schedule
from opptak.tenancy.config import Module, Modules
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import actor
from opptak.tenancy.models import ScheduledWork
from opptak.tenancy.schedule import Periodic, enqueue_due, plan


@actor("test.recurring")
async def recurring(work: Work) -> None:
    """Do nothing, again and again."""


@actor("test.recurring_offers", module=Module.OFFERS)
async def recurring_offers(work: Work) -> None:
    """Do nothing about offers."""


HOUR = timedelta(hours=1)
PERIODIC = (
    Periodic("test.recurring", recurring, every=HOUR),
    Periodic("test.recurring_offers", recurring_offers, every=HOUR),
)


async def _tick(runtime: Runtime, *, planning: bool = True) -> int:
    async with runtime.database.unscoped(Role.RELAY) as session:
        if planning:
            await plan(session, PERIODIC, now=runtime.clock.now())
        return await enqueue_due(session, PERIODIC, now=runtime.clock.now())


async def _catch_up(runtime: Runtime, *, planning: bool = True) -> None:
    """Enqueue all that is due, of the tenants other tests have left too."""
    while await _tick(runtime, planning=planning):
        pass


async def _enqueued(runtime: Runtime, tenant: TenantContext) -> Counter[str]:
    async with runtime.database.tenant(tenant.id) as session:
        return Counter((await session.scalars(select(OutboxJob.actor))).all())


async def _due_at(runtime: Runtime, tenant: TenantContext) -> list[datetime]:
    async with runtime.database.tenant(tenant.id) as session:
        mine = select(ScheduledWork.due_at).where(ScheduledWork.name.like("test.%"))
        return list((await session.scalars(mine)).all())


async def test_new_tenant_is_due_at_once_and_then_within_the_period(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    await _catch_up(runtime)
    assert await _enqueued(runtime, tenant) == {"test.recurring": 1, "test.recurring_offers": 1}
    for due in await _due_at(runtime, tenant):
        assert clock.now() + HOUR * 0.8 <= due <= clock.now() + HOUR


async def test_tenants_that_began_together_drift_apart(runtime: Runtime, clock: TravelClock) -> None:
    tenants = [await new_tenant(runtime) for _ in range(5)]
    await _catch_up(runtime)
    due = [moment for tenant in tenants for moment in await _due_at(runtime, tenant)]
    assert len(set(due)) == len(due) == 10


async def test_what_was_missed_is_made_up_once(
    runtime: Runtime, tenant: TenantContext, clock: TravelClock
) -> None:
    await _catch_up(runtime)
    clock.travel(timedelta(hours=30))
    await _catch_up(runtime)
    assert await _enqueued(runtime, tenant) == {"test.recurring": 1, "test.recurring_offers": 1}


async def test_work_of_thousands_comes_in_portions(
    runtime: Runtime, clock: TravelClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _catch_up(runtime)
    tenants = [await new_tenant(runtime) for _ in range(3)]
    monkeypatch.setattr(schedule, "MOST_AT_ONCE", 4)
    assert [await _tick(runtime), await _tick(runtime), await _tick(runtime)] == [4, 2, 0]
    for tenant in tenants:
        assert (await _enqueued(runtime, tenant)).total() == 2


async def test_work_of_a_module_that_is_off_is_passed_over(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext, clock: TravelClock
) -> None:
    without = msgspec.structs.replace(tenant.document, modules=Modules(portal=True))
    await runtime.catalogue.apply(without, author="test")
    await _catch_up(runtime)
    assert await _enqueued(runtime, tenant) == {"test.recurring": 1}
    assert await _enqueued(runtime, other_tenant) == {"test.recurring": 1, "test.recurring_offers": 1}
    await runtime.catalogue.apply(tenant.document, author="test")
    clock.travel(HOUR)
    await _catch_up(runtime, planning=False)
    assert (await _enqueued(runtime, tenant))["test.recurring_offers"] == 1


async def test_due_work_takes_as_many_statements_for_one_tenant_as_for_five(
    runtime: Runtime, clock: TravelClock
) -> None:
    numbers = []
    for newcomers in (1, 5):
        await _catch_up(runtime)
        for _ in range(newcomers):
            await new_tenant(runtime)
        with counted(runtime, Role.RELAY) as statements:
            await _tick(runtime)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
