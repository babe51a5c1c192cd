"""The problem inbox."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.conftest import Drained
from tests.fakes import FakeCountry

from opptak.facilities.tasks import import_register
from opptak.hooks.errors import Configuration
from opptak.kit.errors import NotFound
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext, Work
from opptak.tenancy.jobs import enqueue, underway
from opptak.tenancy.problems import Kind, Problems

OpenWork = Callable[[], AbstractAsyncContextManager[Work]]
Drain = Callable[[], Awaitable[Drained]]


@pytest.fixture
async def stopped(work: OpenWork, country: FakeCountry, tenant: TenantContext, drain: Drain) -> None:
    """A job that needs somebody to change a setting."""
    country.town(tenant.slug).failing = [Configuration("key", hint="plugin.hint.key")]
    async with work() as opened:
        await enqueue(opened, import_register)
    await drain()


async def test_stopped_work_says_why(stopped: None, work: OpenWork) -> None:
    async with work() as opened:
        [problem] = await Problems(opened).list()
        assert await Problems(opened).count() == 1
        assert await underway(opened, import_register) is False

    assert problem.kind == Kind(
        actor="facility.import", failure="configuration", code="key", hint="plugin.hint.key"
    )
    assert problem.attempts == 1


async def test_stopped_work_is_another_tenants_secret(
    stopped: None, runtime: Runtime, work: OpenWork, other_tenant: TenantContext
) -> None:
    async with work() as opened:
        [problem] = await Problems(opened).list()
    async with runtime.work(other_tenant) as elsewhere:
        assert await Problems(elsewhere).list() == []
        with pytest.raises(NotFound):
            await Problems(elsewhere).retry([problem.id])
        with pytest.raises(NotFound):
            await Problems(elsewhere).drop_kind(problem.kind)


async def test_stopped_work_is_tried_again(stopped: None, work: OpenWork, drain: Drain) -> None:
    async with work() as opened:
        [problem] = await Problems(opened).list()
        assert await Problems(opened).retry([problem.id]) == 1
    async with work() as opened:
        assert await underway(opened, import_register) is True

    assert await drain() == ["facility.import"]
    async with work() as opened:
        assert await Problems(opened).count() == 0


async def test_work_that_is_not_stopped_is_not_tried_again(work: OpenWork) -> None:
    async with work() as opened:
        with pytest.raises(NotFound):
            await Problems(opened).retry([new_id()])
