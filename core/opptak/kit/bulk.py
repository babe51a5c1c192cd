"""Many rows in one statement: insert, or bring up to date what is there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from opptak.kit.db import TenantSession
from opptak.kit.models import TenantOwned

__all__ = ("Excluded", "upsert")

Excluded: TypeAlias = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""The row that was to be inserted."""


async def upsert(
    session: TenantSession,
    model: type[TenantOwned],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Sequence[str] = (),
    computed: Callable[[Excluded], Mapping[str, ColumnElement[Any]]] | None = None,
) -> dict[tuple[Any, ...], UUID]:
    """Insert the rows; where `key` exists already, set the `update` columns instead, and those that
    `computed` makes from the new row.

    `key` names the columns of a unique constraint, the tenant left out. All rows name the same columns;
    the last of several with the same key counts. Returns the id of each row written, by its key: with
    nothing to update, of the new ones alone. Rows are written in the order of their keys, so that two
    writers do not lock each other out.
    """
    distinct = {tuple(row[name] for name in key): dict(row) for row in rows}
    if not distinct:
        return {}
    statement = _resolve(insert(model), key, update, computed)
    columns = [model.__table__.c[name] for name in ("id", *key)]
    ordered = [distinct[found] for found in sorted(distinct)]
    written = await session.execute(statement.returning(*columns), ordered)
    return {tuple(row[1:]): row[0] for row in written}


def _resolve(
    statement: Insert,
    key: Sequence[str],
    update: Sequence[str],
    computed: Callable[[Excluded], Mapping[str, ColumnElement[Any]]] | None,
) -> Insert:
    unique = ["tenant_id", *key]
    changes: dict[str, Any] = {name: statement.excluded[name] for name in update}
    if computed is not None:
        changes |= computed(statement.excluded)
    if not changes:
        return statement.on_conflict_do_nothing(index_elements=unique)
    return statement.on_conflict_do_update(index_elements=unique, set_=changes)
