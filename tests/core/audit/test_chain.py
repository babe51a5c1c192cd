"""The chain: each entry is sealed exactly once, and whatever is done to the log afterwards is found."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import ProgrammingError
from tests.core.audit.tampering import Tamper
from tests.core.scene import Drain, WorkAs, staff

from opptak.audit.models import AuditEntry, AuditPending, AuditSeal
from opptak.audit.schemas import AuditFilter, FaultKind, Verdict
from opptak.audit.sealing import SEALED_AT_ONCE
from opptak.audit.service import AuditLog, broken_chains, record
from opptak.audit.tasks import seal_log, verify_log
from opptak.authz.actions import Action, Role
from opptak.kit.clock import TravelClock
from opptak.kit.db import Role as DatabaseRole
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.tenancy.jobs import enqueue

WORKER = staff(Role.CASE_WORKER)


async def note(work_as: WorkAs, number: int = 1, *, shown: Sequence[UUID] = ()) -> None:
    """Let a case worker read so many applications."""
    async with work_as(WORKER) as work:
        for _ in range(number):
            record(work, Action.APPLICATION_READ, "application", new_id(), shown=shown)


async def seal(work_as: WorkAs) -> int:
    async with work_as(SYSTEM) as work:
        return await AuditLog(work).seal()


async def verify(work_as: WorkAs, *, expect: bytes = b"") -> Verdict:
    async with work_as(SYSTEM) as work:
        return await AuditLog(work).verify(expect=expect)


async def sealed(work_as: WorkAs) -> list[list[UUID]]:
    """Return the entries of each seal."""
    async with work_as(SYSTEM) as work:
        found = select(AuditSeal.entry_ids).order_by(AuditSeal.number)
        return [list(ids) for ids in await work.session.scalars(found)]


async def broken(runtime: Runtime) -> int:
    """Return how many broken chains whoever runs the service is told of."""
    async with runtime.database.unscoped(DatabaseRole.RELAY) as session:
        return await broken_chains(session)


async def three_seals(work_as: WorkAs) -> list[list[UUID]]:
    """Seal three times two entries."""
    for _ in range(3):
        await note(work_as, 2)
        await seal(work_as)
    assert (await verify(work_as)).fault is None
    return await sealed(work_as)


async def test_every_entry_is_sealed_exactly_once(work_as: WorkAs) -> None:
    for number in (1, 3, 2):
        await note(work_as, number)
        assert await seal(work_as) == number
    assert await seal(work_as) == 0
    await note(work_as)
    verdict = await verify(work_as)
    assert (verdict.sealed, verdict.unsealed, verdict.number, verdict.fault) == (6, 1, 3, None)
    held = [id_ for ids in await sealed(work_as) for id_ in ids]
    assert len(held) == len(set(held)) == 6


async def test_entry_committed_late_is_held_by_a_later_seal(work_as: WorkAs) -> None:
    async with work_as(WORKER) as slow:
        record(slow, Action.APPLICATION_READ, "application", late := new_id())
        await slow.session.flush()
        await note(work_as)
        assert await seal(work_as) == 1
    assert await seal(work_as) == 1
    async with work_as(SYSTEM) as work:
        [entry] = await work.session.scalars(select(AuditEntry.id).where(AuditEntry.target_id == late))
    first, second = await sealed(work_as)
    assert second == [entry] < first
    assert (await verify(work_as)).fault is None


async def test_writers_and_sealers_at_once_lose_and_double_nothing(work_as: WorkAs) -> None:
    await asyncio.gather(*(note(work_as, 3) if turn % 2 else seal(work_as) for turn in range(30)))
    await seal(work_as)
    verdict = await verify(work_as)
    assert (verdict.sealed, verdict.unsealed, verdict.fault) == (45, 0, None)


async def test_rolled_back_work_leaves_nothing_to_seal(work_as: WorkAs) -> None:
    async def fail() -> None:
        async with work_as(WORKER) as work:
            record(work, Action.APPLICATION_READ, "application", new_id())
            await work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await seal(work_as) == 0


async def test_long_log_takes_several_seals(work_as: WorkAs) -> None:
    await note(work_as, SEALED_AT_ONCE + 1)
    assert await seal(work_as) == SEALED_AT_ONCE + 1
    assert [len(ids) for ids in await sealed(work_as)] == [SEALED_AT_ONCE, 1]
    assert (await verify(work_as)).fault is None


async def test_changed_entry_is_named(work_as: WorkAs, tamper: Tamper) -> None:
    _, [_, entry], _ = await three_seals(work_as)
    assert tamper("update audit_entry set action = 'run.read' where id = %(id)s", id=entry) == 1
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal, fault.entry) == (FaultKind.ENTRY_CHANGED, 2, entry)


@pytest.mark.parametrize(
    "change",
    [
        "update audit_entry set happened_at = happened_at + interval '1 microsecond'",
        "update audit_entry set created_at = created_at - interval '1 second'",
        "update audit_entry set space = 'system'",
        "update audit_entry set subject_id = null",
        "update audit_entry set outcome = 'refused'",
        "update audit_entry set target_kind = 'person'",
        "update audit_entry set target_id = gen_random_uuid()",
        "update audit_entry set shown = array[gen_random_uuid()]",
        """update audit_entry set details = '{"rows": 2}'""",
        "update audit_entry set trace = 'x'",
    ],
)
async def test_no_column_of_an_entry_can_be_changed(work_as: WorkAs, tamper: Tamper, change: str) -> None:
    await note(work_as)
    await seal(work_as)
    tamper(change)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert fault.kind is FaultKind.ENTRY_CHANGED


async def test_deleted_entry_is_named(work_as: WorkAs, tamper: Tamper) -> None:
    [entry, _], *_ = await three_seals(work_as)
    tamper("delete from audit_entry where id = %(id)s", id=entry)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal, fault.entry) == (FaultKind.ENTRY_GONE, 1, entry)


async def test_entry_deleted_before_it_was_sealed_is_named(work_as: WorkAs, tamper: Tamper) -> None:
    await note(work_as, 2)
    tamper("delete from audit_entry where id = (select id from audit_entry limit 1)")
    await seal(work_as)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert fault.kind is FaultKind.ENTRY_GONE


async def test_inserted_entry_is_named(work_as: WorkAs, tamper: Tamper) -> None:
    await three_seals(work_as)
    strange = new_id()
    tamper(
        "insert into audit_entry (id, happened_at, space, action, target_kind, details, trace)"
        " values (%(id)s, now(), 'staff', 'run.release', 'run', '{}', '')",
        id=strange,
    )
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.entry) == (FaultKind.ENTRY_STRANGE, strange)


async def test_entry_kept_from_being_sealed_is_named(work_as: WorkAs, tamper: Tamper) -> None:
    await three_seals(work_as)
    await note(work_as)
    tamper("delete from audit_pending")
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert fault.kind is FaultKind.ENTRY_STRANGE


@pytest.mark.parametrize(
    ("statement", "kind", "number"),
    [
        ("delete from audit_seal where number = 2", FaultKind.SEAL_GONE, 2),
        ("update audit_seal set number = number + 10 where number > 1", FaultKind.SEAL_CHANGED, 11 + 1),
        ("update audit_seal set entry_ids = entry_ids[1:1] where number = 2", FaultKind.SEAL_CHANGED, 2),
        ("update audit_seal set entry_ids = entry_ids || entry_ids[1:1] where number = 2", "seal_changed", 2),
        ("update audit_seal set previous = digest where number = 2", FaultKind.SEAL_CHANGED, 2),
        ("update audit_seal set mark = digest where number = 3", FaultKind.SEAL_FORGED, 3),
        ("delete from audit_seal where number = 3", FaultKind.END_GONE, 3),
        ("delete from audit_seal", FaultKind.END_GONE, 3),
        ("update audit_chain set number = 2", FaultKind.END_GONE, 2),
        ("delete from audit_chain", FaultKind.END_GONE, 0),
    ],
)
async def test_change_to_the_chain_is_found(
    work_as: WorkAs, tamper: Tamper, statement: str, kind: FaultKind, number: int
) -> None:
    await three_seals(work_as)
    tamper(statement)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal) == (kind, number)


async def test_seals_in_another_order_are_found(work_as: WorkAs, tamper: Tamper) -> None:
    await three_seals(work_as)
    tamper("update audit_seal set number = -number where number in (1, 2)")
    tamper("update audit_seal set number = 3 + number where number < 0")
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal) == (FaultKind.SEAL_CHANGED, 1)


async def test_end_cut_off_with_its_entries_is_found(work_as: WorkAs, tamper: Tamper) -> None:
    _, _, last = await three_seals(work_as)
    tamper("delete from audit_seal where number = 3")
    tamper("delete from audit_entry where id = any(%(ids)s)", ids=last)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal) == (FaultKind.END_GONE, 3)


async def test_digest_noted_elsewhere_finds_a_chain_wound_back(work_as: WorkAs, tamper: Tamper) -> None:
    _, _, last = await three_seals(work_as)
    noted = (await verify(work_as)).digest
    await note(work_as)
    await seal(work_as)
    assert (await verify(work_as, expect=noted)).fault is None
    tamper("delete from audit_seal where number > 2")
    tamper("delete from audit_entry where id = any(%(ids)s)", ids=last)
    tamper("delete from audit_entry where id not in (select unnest(entry_ids) from audit_seal)")
    tamper("update audit_chain set number = 2, digest = (select digest from audit_seal where number = 2)")
    assert (await verify(work_as)).fault is None
    fault = (await verify(work_as, expect=noted)).fault
    assert fault is not None
    assert fault.kind is FaultKind.NOT_EXPECTED


async def test_chain_made_anew_without_the_key_is_found(
    work_as: WorkAs, tamper: Tamper, runtime: Runtime, other_tenant: TenantContext
) -> None:
    """Somebody who seals with another tenant's key, or none, has every digest right and no mark."""
    await note(work_as)
    await seal(work_as)
    forged = other_tenant.keys.seal(b"digest", "audit_seal.mark|1")
    tamper("update audit_seal set mark = %(mark)s", mark=forged)
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert (fault.kind, fault.seal) == (FaultKind.SEAL_FORGED, 1)


async def test_entry_hidden_from_the_search_is_found(work_as: WorkAs, tamper: Tamper) -> None:
    await note(work_as, shown=[new_id(), new_id()])
    await seal(work_as)
    assert tamper("delete from audit_target where id = (select id from audit_target limit 1)") == 1
    fault = (await verify(work_as)).fault
    assert fault is not None
    assert fault.kind is FaultKind.LOOKUP_CHANGED


async def test_part_of_a_chain_can_be_looked_over(work_as: WorkAs, clock: TravelClock) -> None:
    await note(work_as, 2)
    await seal(work_as)
    clock.travel(timedelta(days=1))
    await note(work_as)
    await seal(work_as)
    async with work_as(SYSTEM) as work:
        verdict = await AuditLog(work).verify(since=clock.now() - timedelta(hours=1))
    assert (verdict.sealed, verdict.number, verdict.fault) == (1, 2, None)


async def test_what_a_list_showed_is_found_before_and_after_the_seal(work_as: WorkAs) -> None:
    children = [new_id(), new_id()]
    await note(work_as, shown=children)
    for _ in range(2):
        async with work_as(staff(Role.AUDITOR)) as work:
            found = await AuditLog(work).search(AuditFilter(target_id=children[1], action="application.read"))
        assert [entry.shown for entry in found.items] == [tuple(children)]
        await seal(work_as)


async def test_jobs_seal_and_look_the_log_over(
    work_as: WorkAs,
    drain: Drain,
    tamper: Tamper,
    clock: TravelClock,
    runtime: Runtime,
    tenant: TenantContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = await broken(runtime)
    await note(work_as)
    async with work_as(SYSTEM) as work:
        await enqueue(work, seal_log)
        await enqueue(work, verify_log)
    assert not (await drain()).failures
    async with work_as(SYSTEM) as work:
        chain = await AuditLog(work).chain()
    assert chain is not None
    assert (chain.number, chain.checked_at, chain.fault) == (1, clock.now(), None)
    assert await broken(runtime) == before
    tamper("update audit_entry set trace = 'x'")
    async with work_as(SYSTEM) as work:
        await enqueue(work, verify_log)
    await drain()
    assert await broken(runtime) == before + 1
    told = [record.__dict__ for record in caplog.records if record.message == "audit log broken"]
    assert [(one["tenant"], one["fault"]) for one in told] == [(tenant.slug, "entry_changed")]
    async with work_as(SYSTEM) as work:
        chain = await AuditLog(work).chain()
    assert chain is not None
    assert chain.fault is not None
    assert str(chain.fault).startswith("entry changed in seal 1: ")


async def test_chain_of_one_tenant_knows_nothing_of_another(
    work_as: WorkAs, runtime: Runtime, other_tenant: TenantContext
) -> None:
    await note(work_as)
    async with runtime.work(other_tenant) as work:
        assert await AuditLog(work).seal() == 0
        assert await AuditLog(work).chain() is None
        verdict = await AuditLog(work).verify()
    assert (verdict.sealed, verdict.number) == (0, 0)
    assert await seal(work_as) == 1


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "audit_target"])
@pytest.mark.parametrize("statement", ["update {} set id = id", "delete from {}", "truncate {}"])
@pytest.mark.parametrize("role", [*DatabaseRole, "superuser"])
async def test_no_role_changes_or_removes_rows(
    runtime: Runtime, work_as: WorkAs, role: str, statement: str, table: str
) -> None:
    await note(work_as, shown=[new_id()])
    await seal(work_as)
    url = runtime.database.urls.url(DatabaseRole.OWNER)
    name = "postgres" if role == "superuser" else role
    engine = create_engine(url.set(username=name))
    try:
        with pytest.raises(ProgrammingError) as refused, engine.begin() as connection:
            connection.execute(text(statement.format(table)))
    finally:
        engine.dispose()
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


async def test_pending_row_names_its_entry(work_as: WorkAs) -> None:
    await note(work_as, 2)
    async with work_as(SYSTEM) as work:
        pending = set(await work.session.scalars(select(AuditPending.id)))
        entries = set(await work.session.scalars(select(AuditEntry.id)))
    assert pending == entries
