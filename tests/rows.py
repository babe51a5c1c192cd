"""Rows of other domains, where a test needs that they are there and not what they say."""

from typing import Any, TypeVar

from sqlalchemy import JSON

from opptak.kit.models import TenantOwned

__all__ = ("filled",)

R = TypeVar("R", bound=TenantOwned)


def filled(model: type[R], **given: Any) -> R:
    """Return a row whose required columns are empty values of their type unless given."""
    needed = {
        column.name: {} if isinstance(column.type, JSON) else column.type.python_type()
        for column in model.__table__.columns
        if not (column.nullable or column.default or column.server_default or column.primary_key)
        and column.name not in given
    }
    return model(**{**needed, **given})
