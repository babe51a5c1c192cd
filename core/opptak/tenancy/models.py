"""The tenant catalogue, its hosts and keys, and the versions of each tenant's document."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from opptak.kit.ids import new_id
from opptak.kit.models import PlatformOwned, TenantOwned

__all__ = (
    "PluginEntry",
    "PluginOutage",
    "PluginSecret",
    "ScheduledWork",
    "Tenant",
    "TenantHost",
    "TenantVersion",
)


class Tenant(PlatformOwned):
    """A tenant in the catalogue; everything it decided is in its document."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    version: Mapped[int] = mapped_column(Integer)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    modules: Mapped[list[str] | None]
    """Those of the document in force that are on for anybody; None before it is applied again."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TenantHost(PlatformOwned):
    """A host name and the tenant it belongs to; readable without a tenant."""

    __tablename__ = "tenant_host"

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))


class TenantVersion(TenantOwned):
    """One version of a tenant's document, never changed."""

    __tablename__ = "tenant_version"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Not JSONB, which forgets the order of keys: plugins are asked in the order they are listed."""
    author: Mapped[str] = mapped_column(Text)
    diff: Mapped[list[str]]


class PluginSecret(TenantOwned):
    """A secret setting of a plugin, sealed; write-only."""

    __tablename__ = "plugin_secret"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin", "field"),)

    plugin: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PluginEntry(TenantOwned):
    """A value in a plugin's own store, sealed."""

    __tablename__ = "plugin_entry"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin", "key"),)

    plugin: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class PluginOutage(TenantOwned):
    """A service of a plugin that does not answer, and when it is asked again."""

    __tablename__ = "plugin_outage"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin", "host"), {"info": {"relay": True}})

    plugin: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    asked_again_at: Mapped[datetime]


class ScheduledWork(TenantOwned):
    """When a periodic piece of work is due next for a tenant."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), Index(None, "due_at"), {"info": {"relay": True}})

    name: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
