"""Admission: rounds, applications, letters, runs, offers and placements, isolated by tenant."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from opptak.kit.rls import isolate
from opptak.migrations.shapes import execute, owned

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORDER = (
    "admission_round",
    "export_run",
    "allocation_run",
    "application",
    "campaign",
    "claim",
    "letter",
    "wish",
    "invitation",
    "letter_event",
    "offer",
    "waiting_entry",
    "placement",
)
"""Tables in the order they are made."""


def upgrade() -> None:
    """Create the tables."""
    _admission_round()
    _export_run()
    _allocation_run()
    _application()
    _campaign()
    _claim()
    _letter()
    _wish()
    _invitation()
    _letter_event()
    _offer()
    _waiting_entry()
    _placement()
    for table in ORDER:
        execute(isolate(table))


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(ORDER):
        op.drop_table(table)


def _admission_round() -> None:
    op.create_table(
        "admission_round",
        sa.Column("intake", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lottery_secret", sa.Text(), nullable=False),
        sa.Column("last_case", sa.Integer(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "intake"),
    )


def _export_run() -> None:
    op.create_table(
        "export_run",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("placements", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
    )


def _allocation_run() -> None:
    op.create_table(
        "allocation_run",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("instance", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tenant_version", sa.Integer(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("output_hash", sa.Text(), nullable=False),
        sa.Column("computed_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.UniqueConstraint("tenant_id", "round_id", "number"),
    )


def _application() -> None:
    op.create_table(
        "application",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("days_per_week", sa.SmallInteger(), nullable=True),
        sa.Column("accepts_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("entitled", sa.Boolean(), nullable=False),
        sa.Column("entitled_reason", sa.Text(), nullable=False),
        sa.Column("latest_start", sa.Date(), nullable=True),
        sa.Column("register_unverified", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.UniqueConstraint("tenant_id", "case_number"),
        sa.UniqueConstraint("tenant_id", "round_id", "child_id"),
    )
    op.create_index("ix_application_tenant_id_child_id", "application", ["tenant_id", "child_id"])
    op.create_index(
        "ix_application_tenant_id_round_id_status", "application", ["tenant_id", "round_id", "status"]
    )


def _campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("drafted", sa.Integer(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("unreachable", sa.Integer(), nullable=False),
        sa.Column("chunks_open", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.UniqueConstraint("tenant_id", "round_id"),
    )


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
    )
    op.create_index("ix_claim_tenant_id_application_id", "claim", ["tenant_id", "application_id"])


def _letter() -> None:
    op.create_table(
        "letter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "file_id"], ["stored_file.tenant_id", "stored_file.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "recipient_id"], ["person.tenant_id", "person.id"]),
        sa.UniqueConstraint("tenant_id", "key"),
    )
    op.create_index("ix_letter_tenant_id_recipient_id", "letter", ["tenant_id", "recipient_id"])
    op.create_index("ix_letter_tenant_id_state", "letter", ["tenant_id", "state"])


def _wish() -> None:
    op.create_table(
        "wish",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
        sa.UniqueConstraint("tenant_id", "application_id", "facility_id"),
    )
    op.create_index("ix_wish_tenant_id_facility_id", "wish", ["tenant_id", "facility_id"])


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "guardian_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "letter_id"], ["letter.tenant_id", "letter.id"]),
        sa.UniqueConstraint("tenant_id", "application_id", "guardian_id", "step"),
    )


def _letter_event() -> None:
    op.create_table(
        "letter_event",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "letter_id"], ["letter.tenant_id", "letter.id"]),
    )
    op.create_index("ix_letter_event_tenant_id_letter_id", "letter_event", ["tenant_id", "letter_id"])


def _offer() -> None:
    op.create_table(
        "offer",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("wish_rank", sa.SmallInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("days_per_week", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("cascade_of", sa.Uuid(), nullable=True),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.SmallInteger(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.ForeignKeyConstraint(["tenant_id", "run_id"], ["allocation_run.tenant_id", "allocation_run.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
    )
    op.create_index("ix_offer_tenant_id_round_id_status", "offer", ["tenant_id", "round_id", "status"])
    op.create_index("ix_offer_tenant_id_unit_id", "offer", ["tenant_id", "unit_id"])
    op.create_index(
        "uq_offer_open_application",
        "offer",
        ["tenant_id", "application_id"],
        unique=True,
        postgresql_where="status in ('held', 'sent')",
    )


def _waiting_entry() -> None:
    op.create_table(
        "waiting_entry",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        sa.UniqueConstraint("tenant_id", "application_id", "unit_id"),
    )
    op.create_index(
        "ix_waiting_entry_tenant_id_round_id_state", "waiting_entry", ["tenant_id", "round_id", "state"]
    )
    op.create_index(
        "ix_waiting_entry_tenant_id_unit_id_position", "waiting_entry", ["tenant_id", "unit_id", "position"]
    )


def _placement() -> None:
    op.create_table(
        "placement",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("days_per_week", sa.SmallInteger(), nullable=False),
        sa.Column("hours_per_week", sa.Float(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        sa.UniqueConstraint("tenant_id", "external_id"),
        sa.UniqueConstraint("tenant_id", "offer_id"),
    )
    op.create_index("ix_placement_tenant_id_child_id", "placement", ["tenant_id", "child_id"])
    op.create_index("ix_placement_tenant_id_unit_id", "placement", ["tenant_id", "unit_id"])
