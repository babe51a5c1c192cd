"""A plugin's own store, in core's tables: plugins own none."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from opptak.kit.crypto import TenantKeys
from opptak.kit.db import Database
from opptak.kit.ids import new_id
from opptak.tenancy.models import PluginEntry

__all__ = ("PluginStore",)


class PluginStore:
    """Key/value pairs of one plugin in one tenant, values sealed; each call is a transaction of its own."""

    def __init__(self, database: Database, tenant: UUID, plugin: str, *, keys: TenantKeys) -> None:
        self._database = database
        self._tenant = tenant
        self._plugin = plugin
        self._keys = keys

    async def get(self, key: str) -> bytes | None:
        """Return the value, or None."""
        query = select(PluginEntry.value).where(PluginEntry.plugin == self._plugin, PluginEntry.key == key)
        async with self._database.tenant(self._tenant) as session:
            sealed: bytes | None = await session.scalar(query)
        return None if sealed is None else self._keys.open(sealed, self._place(key))

    async def put(self, key: str, value: bytes) -> None:
        """Store the value, in place of an earlier one."""
        sealed = self._keys.seal(value, self._place(key))
        statement = insert(PluginEntry).values(
            tenant_id=self._tenant, id=new_id(), plugin=self._plugin, key=key, value=sealed
        )
        async with self._database.tenant(self._tenant) as session:
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["tenant_id", "plugin", "key"], set_={"value": statement.excluded.value}
                )
            )

    async def keys(self, prefix: str = "") -> Sequence[str]:
        """Return the keys that start with the prefix, sorted."""
        query = select(PluginEntry.key).where(
            PluginEntry.plugin == self._plugin, PluginEntry.key.startswith(prefix, autoescape=True)
        )
        async with self._database.tenant(self._tenant) as session:
            return sorted((await session.scalars(query)).all())

    def _place(self, key: str) -> str:
        return f"plugin_entry.value|{self._plugin}.{key}"
