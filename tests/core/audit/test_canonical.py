"""The bytes that are digested are those the reference describes, for whoever checks with other tools."""

import contextlib
import io
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from opptak.audit.canonical import entry_digest, entry_line, seal_digest
from opptak.audit.models import AuditEntry
from opptak.audit.schemas import Entry, Seal

REFERENCE = (Path(__file__).parents[3] / "docs/reference/audit.md").read_text(encoding="utf-8")


def identifier(number: int) -> UUID:
    return UUID(f"01942f00-0000-7000-8000-{number:012}")


NOON = datetime(2027, 1, 11, 9, tzinfo=UTC)
ENTRY = Entry(
    tenant_id=identifier(1),
    id=identifier(2),
    created_at=NOON,
    happened_at=NOON,
    space="staff",
    subject_id=identifier(3),
    action="application.read",
    outcome="done",
    target_kind="round",
    target_id=identifier(4),
    shown=[identifier(5)],
    details={"rows": 1, "note": "søk"},
    trace="4bf9",
)


def test_example_of_the_reference_holds() -> None:
    [program] = re.findall(r"```python\n(.*?)```", REFERENCE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})  # noqa: S102 -- the documentation's own example
    digest = entry_digest(ENTRY)
    assert printed.getvalue().strip() == digest.hex()
    assert f"`{digest.hex()}`" in REFERENCE
    seal = Seal(
        tenant_id=ENTRY.tenant_id,
        number=1,
        sealed_at=NOON + timedelta(minutes=5),
        entry_ids=[ENTRY.id],
        entry_digests=digest,
        previous=b"",
        digest=b"",
        mark=b"",
    )
    assert f"`{seal_digest(seal).hex()}`" in REFERENCE


def test_every_column_of_an_entry_is_digested() -> None:
    assert set(Entry.__struct_fields__) == set(AuditEntry.__table__.columns.keys())
    other = replace(
        ENTRY,
        tenant_id=identifier(9),
        id=identifier(9),
        created_at=NOON + timedelta(seconds=1),
        happened_at=NOON + timedelta(seconds=1),
        space="system",
        subject_id=None,
        action="x",
        outcome="x",
        target_kind="x",
        target_id=None,
        shown=[],
        details={},
        trace="x",
    )
    for name in Entry.__struct_fields__:
        assert entry_digest(replace(ENTRY, **{name: getattr(other, name)})) != entry_digest(ENTRY), name


def test_moment_reads_the_same_from_every_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert entry_line(replace(ENTRY, happened_at=elsewhere)) == entry_line(ENTRY)
