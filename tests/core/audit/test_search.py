"""The viewer of the audit log."""

from datetime import timedelta

from tests.core.scene import WorkAs, staff

from opptak.audit.schemas import AuditFilter, Outcome
from opptak.audit.service import AuditLog, record
from opptak.authz.actions import Action, Role
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.subject import Space, Subject
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

AUDITOR = staff(Role.AUDITOR)
WORKER = staff(Role.CASE_WORKER)


async def found(work_as: WorkAs, wanted: AuditFilter) -> list[str]:
    """Return the actions a search finds, without the searches themselves."""
    async with work_as(AUDITOR) as work:
        page = await AuditLog(work).search(wanted)
    return [entry.action for entry in page.items if entry.action != Action.AUDIT_READ]


async def test_search_finds_by_target_subject_action_and_time(work_as: WorkAs, clock: TravelClock) -> None:
    case, start = new_id(), clock.now()
    async with work_as(WORKER) as work:
        record(work, Action.APPLICATION_READ, "application", case)
    clock.travel(timedelta(hours=1))
    async with work_as(Subject(space=Space.PARENTS, id=new_id())) as work:
        record(work, Action.OWN_OFFER_ANSWER, "offer", new_id(), status="accepted")
    assert await found(work_as, AuditFilter()) == [Action.OWN_OFFER_ANSWER, Action.APPLICATION_READ]
    assert await found(work_as, AuditFilter(target_id=case)) == [Action.APPLICATION_READ]
    assert await found(work_as, AuditFilter(subject_id=WORKER.id)) == [Action.APPLICATION_READ]
    assert await found(work_as, AuditFilter(space=Space.PARENTS)) == [Action.OWN_OFFER_ANSWER]
    assert await found(work_as, AuditFilter(action=Action.OFFER_READ)) == []
    soon = start + timedelta(minutes=30)
    assert await found(work_as, AuditFilter(since=start, until=soon)) == [Action.APPLICATION_READ]
    assert await found(work_as, AuditFilter(since=soon)) == [Action.OWN_OFFER_ANSWER]


async def test_search_goes_on_from_the_newest(work_as: WorkAs, clock: TravelClock) -> None:
    for number in range(3):
        clock.travel(timedelta(minutes=1))
        async with work_as(WORKER) as work:
            record(work, Action.APPLICATION_READ, "application", new_id(), number=number)
    async with work_as(AUDITOR) as work:
        first = await AuditLog(work).search(AuditFilter(size=2, action=Action.APPLICATION_READ))
        rest = await AuditLog(work).search(
            AuditFilter(size=2, action=Action.APPLICATION_READ), after=first.last
        )
    assert [entry.details["number"] for entry in first.items] == [2, 1]
    assert ([entry.details["number"] for entry in rest.items], rest.last) == ([0], None)


async def test_search_parts_entries_of_one_moment(work_as: WorkAs) -> None:
    async with work_as(WORKER) as work:
        for number in range(5):
            record(work, Action.APPLICATION_READ, "application", new_id(), number=number)
    seen, after = [], None
    async with work_as(AUDITOR) as work:
        while True:
            wanted = AuditFilter(size=2, action=Action.APPLICATION_READ)
            found = await AuditLog(work).search(wanted, after=after)
            seen += [entry.details["number"] for entry in found.items]
            after = found.last
            if after is None:
                break
    assert seen == [4, 3, 2, 1, 0]


async def test_search_finds_what_was_refused(work_as: WorkAs) -> None:
    async with work_as(WORKER) as work:
        record(work, Action.RUN_RELEASE, "run", new_id(), outcome=Outcome.REFUSED)
        record(work, Action.ROUND_READ, "run", new_id())
    assert await found(work_as, AuditFilter(outcome=Outcome.REFUSED)) == [Action.RUN_RELEASE]


async def test_search_leaves_a_trace_itself(work_as: WorkAs) -> None:
    async with work_as(AUDITOR) as work:
        await AuditLog(work).search(AuditFilter())
    async with work_as(AUDITOR) as work:
        page = await AuditLog(work).search(AuditFilter(subject_id=AUDITOR.id))
    assert [(entry.action, entry.details) for entry in page.items] == [(Action.AUDIT_READ, {"rows": 0})]
    async with work_as(AUDITOR) as work:
        newest = (await AuditLog(work).search(AuditFilter(subject_id=AUDITOR.id))).items[0]
    assert (newest.target_id, newest.details) == (AUDITOR.id, {"rows": 1})


async def test_search_never_leaves_the_tenant(
    work_as: WorkAs, runtime: Runtime, other_tenant: TenantContext
) -> None:
    async with work_as(WORKER) as work:
        record(work, Action.APPLICATION_READ, "application", new_id())
    async with runtime.work(other_tenant, AUDITOR) as work:
        page = await AuditLog(work).search(AuditFilter())
    assert page.items == ()
