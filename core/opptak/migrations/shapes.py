"""What migrations have in common."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from opptak.kit.models import CURRENT_TENANT

__all__ = ("execute", "owned")


def owned() -> tuple[sa.Column[Any], ...]:
    """Return the columns every row of a tenant has."""
    return (
        sa.Column("tenant_id", sa.Uuid(), primary_key=True, server_default=sa.text(CURRENT_TENANT)),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def execute(statements: Iterable[str]) -> None:
    """Run statements one by one."""
    for statement in statements:
        op.execute(statement)
