"""Base of all tables: naming, the tenant key, foreign keys that carry the tenant."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, MetaData, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.elements import TextClause

from opptak.kit.ids import new_id

__all__ = ("CURRENT_TENANT", "Base", "PlatformOwned", "TenantOwned", "references")

CURRENT_TENANT = "nullif(current_setting('opptak.tenant', true), '')::uuid"
"""SQL: the tenant of this transaction, NULL when none is set (an ended SET LOCAL leaves '')."""


class Base(DeclarativeBase):
    """Base of all mapped classes. `scope` in the table's info says whose rows it holds."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


def _current_tenant() -> TextClause:
    from sqlalchemy import text  # noqa: PLC0415 -- the one place outside migrations that needs raw SQL

    return text(CURRENT_TENANT)


class TenantOwned(Base):
    """A row that belongs to one tenant: key `(tenant_id, id)`, isolated by row-level security."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, server_default=_current_tenant())
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, insert_sentinel=True)
    """Unique by itself: many new rows go in one statement and are told apart by it (`insert_sentinel`)."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        _mark(cls, "tenant")
        super().__init_subclass__(**kwargs)


class PlatformOwned(Base):
    """A row of the platform itself: never about a person."""

    __abstract__ = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        _mark(cls, "platform")
        super().__init_subclass__(**kwargs)


def _mark(cls: type[Base], scope: str) -> None:
    arguments = cls.__dict__.get("__table_args__", ())
    options = dict(arguments[-1]) if arguments and isinstance(arguments[-1], dict) else {}
    constraints = arguments[:-1] if options else arguments
    info = {"scope": scope, **options.get("info", {})}
    cls.__table_args__ = (*constraints, {**options, "info": info})


def references(**targets: str) -> tuple[ForeignKeyConstraint, ...]:
    """Return foreign keys that carry the tenant: `references(child_id="person")`.

    Foreign-key checks bypass row-level security; the tenant in the key is what makes a reference to another
    tenant's row impossible.
    """
    return tuple(
        ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])
        for column, table in targets.items()
    )
