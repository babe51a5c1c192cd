"""Discipline: what several processes and many municipalities need."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from opptak.kit.rls import isolate, keep_rows, refuse_changes, tell_tenant_news
from opptak.migrations.shapes import execute, owned

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply, section by section."""
    _tenancy()
    _errands()
    _names_are_found()
    _tenant_documents_keep_the_order_of_keys()
    _audit()
    _outbox()


def _tenant_documents_keep_the_order_of_keys() -> None:
    op.execute("alter table tenant_version alter column document type json using document::json")


def _audit() -> None:
    """Seal the audit log: a chain, and tables whose rows nobody changes."""
    op.add_column("audit_entry", sa.Column("outcome", sa.Text(), server_default="done", nullable=False))
    op.add_column(
        "audit_entry",
        sa.Column("shown", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.create_table(
        "audit_target",
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        *owned(),
    )
    op.create_index("ix_audit_target_tenant_id_target_id", "audit_target", ["tenant_id", "target_id"])
    op.create_table("audit_pending", *owned())
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("entry_digests", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "number"),
    )
    op.create_table(
        "audit_chain",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        *owned(),
        sa.UniqueConstraint("tenant_id"),
    )
    # What was written before the chain is sealed first; row-level security hides it from its owner too.
    op.execute("alter table audit_entry no force row level security")
    op.execute("insert into audit_pending (tenant_id, id) select tenant_id, id from audit_entry")
    op.execute("alter table audit_entry force row level security")
    execute(refuse_changes())
    for table in ("audit_target", "audit_seal"):
        execute(isolate(table, append_only=True))
    for table in ("audit_pending", "audit_chain"):
        execute(isolate(table))
    for table in ("audit_entry", "audit_target", "audit_seal"):
        execute(keep_rows(table))
    op.execute("""
        create function audit_entry_waits() returns trigger language plpgsql as $$
        begin
            insert into audit_pending (tenant_id, id) select tenant_id, id from added;
            return null;
        end $$
    """)
    op.execute("""
        create trigger audit_entry_waits after insert on audit_entry
            referencing new table as added for each statement execute function audit_entry_waits()
    """)


def _errands() -> None:
    op.create_table(
        "errand",
        *owned(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("phase", sa.Text(), nullable=False, server_default=""),
        sa.Column("done", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("total", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("heard_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome_id", sa.Uuid()),
        sa.Column("refusal", sa.Text(), nullable=False, server_default=""),
        sa.Column("refusal_params", postgresql.JSONB(), nullable=False),
    )
    op.create_index(
        "ux_errand_open",
        "errand",
        ["tenant_id", "kind", "target_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_errand_tenant_id_target_id", "errand", ["tenant_id", "target_id"])
    execute(isolate("errand"))
    op.add_column("campaign", sa.Column("chunks", sa.Integer(), nullable=False, server_default="0"))


def _outbox() -> None:
    """Let the same work wait while it is being done, and tenants take turns."""
    op.drop_constraint("uq_outbox_tenant_id_dedup", "outbox")
    op.create_unique_constraint("uq_outbox_tenant_id_dedup_state", "outbox", ["tenant_id", "dedup", "state"])
    op.drop_index("ix_outbox_available_at", "outbox")
    op.create_index(
        "ix_outbox_priority_tenant_id_available_at_id",
        "outbox",
        ["priority", "tenant_id", "available_at", "id"],
        postgresql_where=sa.text("state <> 'parked'"),
    )
    op.create_index(
        "ix_outbox_priority_claimed_until",
        "outbox",
        ["priority", "claimed_until"],
        postgresql_where=sa.text("claimed_until is not null"),
    )
    op.create_index(
        "ix_outbox_tenant_id_failure",
        "outbox",
        ["tenant_id", "failure"],
        postgresql_where=sa.text("state = 'parked'"),
    )
    # Rows come and go all the time, and what is left of them lies in the way of those that look for work.
    op.execute(
        "alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"
    )
    op.create_table(
        "plugin_outage",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "plugin", "host"),
    )
    execute(isolate("plugin_outage", relay=True))


def _tenancy() -> None:
    """Let every process hear of a tenant's news, and the scheduler find what is due without its document."""
    op.add_column("tenant", sa.Column("modules", postgresql.JSONB(), nullable=True))
    op.create_index("ix_schedule_due_at", "schedule", ["due_at"])
    execute(tell_tenant_news())


def _names_are_found() -> None:
    op.add_column("person", sa.Column("sort_name", sa.Text(collation="C"), nullable=False, server_default=""))
    op.create_index("ix_person_tenant_id_sort_name", "person", ["tenant_id", "sort_name"])
    op.create_table(
        "person_word",
        *owned(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["person.tenant_id", "person.id"]),
        sa.UniqueConstraint("tenant_id", "word", "person_id"),
    )
    op.create_index("ix_person_word_tenant_id_person_id", "person_word", ["tenant_id", "person_id"])
    # Whoever is known already gets plain keys; the next visit of the register makes the exact ones.
    op.execute("alter table person no force row level security")
    op.execute("update person set sort_name = lower(given_name || ' ' || family_name)")
    op.execute(
        """
        insert into person_word (tenant_id, id, person_id, word)
        select distinct on (tenant_id, word, person_id) tenant_id, gen_random_uuid(), person_id, word
        from (
            select tenant_id, id as person_id, regexp_split_to_table(
                translate(lower(given_name || ' ' || family_name), 'áàâäåčđéèêëíïŋñóöøšŧúüž',
                          'aaaaacdeeeeiinnooostuuz'), '[^[:alnum:]]+') as word
            from person
        ) as said where word <> ''"""
    )
    op.execute("alter table person force row level security")
    execute(isolate("person_word"))
