"""Foundation: tenants, jobs, logins, people, facilities, files and the audit log, isolated by tenant."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from opptak.kit.db import Role
from opptak.kit.rls import isolate, open_catalogue, wake_relays
from opptak.migrations.shapes import execute, owned

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ORDER = (
    "audit_entry",
    "login_session",
    "outbox",
    "owner",
    "person",
    "plugin_entry",
    "plugin_secret",
    "schedule",
    "staff_account",
    "stored_file",
    "tenant",
    "tenant_version",
    "contact_point",
    "custody",
    "facility",
    "tenant_host",
    "staff_role",
    "unit",
    "capacity",
)
"""Tables in the order they are made."""

PLATFORM = (
    "tenant",
    "tenant_host",
)
APPEND_ONLY = ("audit_entry",)
RELAYED = (
    "outbox",
    "schedule",
)


def upgrade() -> None:
    """Create the tables."""
    _audit_entry()
    _login_session()
    _outbox()
    _owner()
    _person()
    _plugin_entry()
    _plugin_secret()
    _schedule()
    _staff_account()
    _stored_file()
    _tenant()
    _tenant_version()
    _contact_point()
    _custody()
    _facility()
    _tenant_host()
    _staff_role()
    _unit()
    _capacity()
    for table in ORDER:
        if table in PLATFORM:
            execute(open_catalogue(table))
        else:
            execute(isolate(table, append_only=table in APPEND_ONLY, relay=table in RELAYED))
    execute(wake_relays("outbox"))
    op.execute(f"grant select on alembic_version to {Role.APP}")


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(ORDER):
        op.drop_table(table)
    op.execute("drop function outbox_wake()")


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        *owned(),
    )
    op.create_index("ix_audit_entry_tenant_id_happened_at", "audit_entry", ["tenant_id", "happened_at"])
    op.create_index("ix_audit_entry_tenant_id_target_id", "audit_entry", ["tenant_id", "target_id"])


def _login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("provider_session", sa.LargeBinary(), nullable=True),
        *owned(),
        sa.UniqueConstraint("tenant_id", "token_hash"),
    )
    op.create_index("ix_login_session_tenant_id_expires_at", "login_session", ["tenant_id", "expires_at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dedup", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_hint", sa.Text(), nullable=True),
        *owned(),
        sa.UniqueConstraint("tenant_id", "dedup"),
    )
    op.create_index(
        "ix_outbox_available_at", "outbox", ["available_at"], postgresql_where="state = 'waiting'"
    )


def _owner() -> None:
    op.create_table(
        "owner",
        sa.Column("register_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "register_id"),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("protection", sa.Text(), nullable=False),
        sa.Column("address_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("dwelling", sa.Text(), nullable=False),
        sa.Column("postal_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("postal_postcode", sa.Text(), nullable=False),
        sa.Column("postal_place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "number_index"),
    )
    op.create_index("ix_person_tenant_id_born_on", "person", ["tenant_id", "born_on"])


def _plugin_entry() -> None:
    op.create_table(
        "plugin_entry",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "plugin", "key"),
    )


def _plugin_secret() -> None:
    op.create_table(
        "plugin_secret",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "plugin", "field"),
    )


def _schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "name"),
    )


def _staff_account() -> None:
    op.create_table(
        "staff_account",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.UniqueConstraint("tenant_id", "email"),
    )


def _stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        *owned(),
    )


def _tenant() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )


def _tenant_version() -> None:
    op.create_table(
        "tenant_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("diff", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id", "number"),
    )


def _contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("may_notify", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["person.tenant_id", "person.id"]),
        sa.UniqueConstraint("tenant_id", "person_id"),
    )


def _custody() -> None:
    op.create_table(
        "custody",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lives_with", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "child_id"], ["person.tenant_id", "person.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "guardian_id"], ["person.tenant_id", "person.id"]),
        sa.UniqueConstraint("tenant_id", "child_id", "guardian_id"),
    )
    op.create_index("ix_custody_tenant_id_guardian_id", "custody", ["tenant_id", "guardian_id"])


def _facility() -> None:
    op.create_table(
        "facility",
        sa.Column("register_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("address_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("point_source", sa.Text(), nullable=False),
        sa.Column("age_from", sa.Integer(), nullable=True),
        sa.Column("age_to", sa.Integer(), nullable=True),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        sa.Column("opens_at", sa.Text(), nullable=False),
        sa.Column("closes_at", sa.Text(), nullable=False),
        sa.Column("meals_minor", sa.Integer(), nullable=True),
        sa.Column("profiles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["owner.tenant_id", "owner.id"]),
        sa.UniqueConstraint("tenant_id", "register_id"),
    )


def _tenant_host() -> None:
    op.create_table(
        "tenant_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("host"),
    )


def _staff_role() -> None:
    op.create_table(
        "staff_role",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["staff_account.tenant_id", "staff_account.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
    )
    op.create_index("ix_staff_role_tenant_id_account_id", "staff_role", ["tenant_id", "account_id"])


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "facility_id"], ["facility.tenant_id", "facility.id"]),
        sa.UniqueConstraint("tenant_id", "facility_id", "name"),
    )


def _capacity() -> None:
    op.create_table(
        "capacity",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
        sa.UniqueConstraint("tenant_id", "unit_id", "valid_from"),
    )
