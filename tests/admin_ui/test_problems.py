"""The problem inbox: stopped work by cause, tried again or set aside, together or one by one."""

from collections.abc import Awaitable, Callable
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from opptak.authz.actions import Role
from opptak.kit.ids import new_id
from opptak.kit.outbox import OutboxJob, OutboxState, dedup
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ

Stop = Callable[..., Awaitable[list[UUID]]]
DONE = {"reason": "done_by_hand"}


@pytest.fixture
def stop(runtime: Runtime, tenant: TenantContext) -> Stop:
    """Park letters that could not be sent, for one reason."""

    async def parked(
        jobs: int, *, actor: str = "letter.send", failure: str = "configuration", code: str = "http_401"
    ) -> list[UUID]:
        async with runtime.work(tenant) as work:
            rows = [_parked(work.now, actor, failure, code) for _ in range(jobs)]
            work.session.add_all(rows)
        return [row.id for row in rows]

    def _parked(now: object, actor: str, failure: str, code: str) -> OutboxJob:
        arguments = {"letter": str(new_id())}
        return OutboxJob(
            actor=actor,
            arguments=arguments,
            dedup=dedup(actor, arguments),
            priority=5,
            available_at=now,
            attempts=3,
            state=OutboxState.PARKED,
            failure=failure,
            failure_code=code,
            failure_hint="plugin.hint.credentials" if failure == "configuration" else "",
        )

    return parked


async def states(runtime: Runtime, tenant: TenantContext) -> list[str]:
    async with runtime.database.tenant(tenant.id) as session:
        return sorted((await session.scalars(select(OutboxJob.state))).all())


async def test_stranger_sees_and_changes_nothing(stranger: Colleague, stop: Stop) -> None:
    [job] = await stop(1)
    for path in ("", f"/{job}"):
        assert (await stranger.get(f"/staff/problems{path}")).status_code == 303
    for path in (f"/{job}", f"/{job}/all", f"/{job}/set-aside"):
        assert (await stranger.post(f"/staff/problems{path}", **DONE)).status_code == 303


async def test_another_municipality_finds_no_problem_of_ours(
    employ: Employ, stop: Stop, other_tenant: TenantContext, runtime: Runtime, tenant: TenantContext
) -> None:
    [job] = await stop(1)
    elsewhere = await employ(Role.CASE_WORKER, Role.ADMINISTRATOR, at=other_tenant)
    assert "Ingenting har stoppet" in (await elsewhere.get("/staff/problems")).text
    assert (await elsewhere.get(f"/staff/problems/{job}")).status_code == 404
    for path in (f"/{job}", f"/{job}/all", f"/{job}/set-aside"):
        assert (await elsewhere.post(f"/staff/problems{path}", **DONE)).status_code == 404
    assert await states(runtime, tenant) == ["parked"]


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
async def test_others_of_the_staff_may_not(employ: Employ, stop: Stop, role: Role) -> None:
    [job] = await stop(1)
    colleague = await employ(role)
    for path in ("", f"/{job}"):
        assert (await colleague.get(f"/staff/problems{path}")).status_code == 403
    for path in (f"/{job}", f"/{job}/all", f"/{job}/set-aside"):
        assert (await colleague.post(f"/staff/problems{path}", **DONE)).status_code == 403


async def test_one_cause_is_one_problem_with_one_button(
    employ: Employ, stop: Stop, runtime: Runtime, tenant: TenantContext
) -> None:
    job, *_ = await stop(120)
    await stop(1, actor="facility.import", failure="permanent", code="AVVIST")
    worker = await employ(Role.CASE_WORKER)

    shown = unescape((await worker.get("/staff/problems")).text)
    assert shown.count('action="/staff/problems/') == 2
    assert "120 jobber" in shown
    assert "Tjenesten godtar ikke innloggingen." in shown
    assert "http_401" not in shown, "technical names are for those who ask"
    assert "http_401" in (await worker.get(f"/staff/problems/{job}")).text

    alone = (await worker.get("/staff/problems?failure=permanent")).text
    assert "Hente barnehageregisteret" in alone
    assert "120 jobber" not in alone

    done = await worker.follow(await worker.post(f"/staff/problems/{job}/all"))
    assert "Prøves igjen: 120" in done.text
    assert await states(runtime, tenant) == ["parked"] + ["waiting"] * 120


async def test_one_of_many_is_tried_again(
    employ: Employ, stop: Stop, runtime: Runtime, tenant: TenantContext
) -> None:
    job, *_ = await stop(3)
    worker = await employ(Role.CASE_WORKER)
    await worker.get(f"/staff/problems/{job}")
    await worker.post(f"/staff/problems/{job}")
    assert await states(runtime, tenant) == ["parked", "parked", "waiting"]
    assert (await worker.post(f"/staff/problems/{job}")).status_code == 404, "somebody was first"


async def test_work_is_set_aside_with_a_reason_that_the_log_keeps(
    employ: Employ, stop: Stop, runtime: Runtime, tenant: TenantContext
) -> None:
    job, *_ = await stop(3)
    await stop(1, failure="permanent", code="AVVIST")
    worker = await employ(Role.ADMINISTRATOR, name="Anne Prøve")

    page = f"/staff/problems/{job}"
    await worker.get(page)
    assert (await worker.post(f"{page}/set-aside")).status_code == 422
    assert (await worker.post(f"{page}/set-aside", reason="because Ola said so")).status_code == 422
    assert len(await states(runtime, tenant)) == 4

    done = await worker.follow(await worker.post(f"{page}/set-aside", **DONE))
    assert "Satt til side: 3" in done.text
    assert await states(runtime, tenant) == ["parked"]
    log = (await worker.get("/staff/audit?action=problem.set_aside")).text.partition("<tbody")[2]
    assert "Anne Prøve" in log
    assert "De er gjort på en annen måte" in log
