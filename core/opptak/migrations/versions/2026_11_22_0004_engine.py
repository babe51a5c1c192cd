"""The engine in the product: places by weekday, what case workers fix by hand, certificates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from opptak.kit.rls import isolate
from opptak.migrations.shapes import execute, owned

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply, section by section."""
    _weekdays()
    _rulings()
    _certificates()


def _weekdays() -> None:
    days = postgresql.ARRAY(sa.SmallInteger())
    op.add_column("capacity", sa.Column("by_weekday", days, nullable=True))
    op.add_column("offer", sa.Column("weekdays", days, nullable=True))
    op.add_column("placement", sa.Column("weekdays", days, nullable=True))


def _rulings() -> None:
    op.create_table(
        "allocation_ruling",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        *owned(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"], ["admission_round.tenant_id", "admission_round.id"]
        ),
        sa.ForeignKeyConstraint(["tenant_id", "application_id"], ["application.tenant_id", "application.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"]),
    )
    op.create_index("ix_allocation_ruling_tenant_id_round_id", "allocation_ruling", ["tenant_id", "round_id"])
    execute(isolate("allocation_ruling"))


def _certificates() -> None:
    op.create_table(
        "signing_key",
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *owned(),
        sa.UniqueConstraint("tenant_id"),
    )
    execute(isolate("signing_key"))
    op.add_column("allocation_run", sa.Column("certificate", sa.LargeBinary(), nullable=True))
    op.add_column("allocation_run", sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.add_column("allocation_run", sa.Column("line_secret", sa.LargeBinary(), nullable=True))
    op.add_column("allocation_run", sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("allocation_run", sa.Column("frozen_by", sa.Uuid(), nullable=True))
    op.add_column("allocation_run", sa.Column("frozen_for", sa.LargeBinary(), nullable=True))
