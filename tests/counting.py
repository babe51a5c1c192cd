"""Counting queries, to see that a list needs as many for one row as for three hundred."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from opptak.kit.db import Role
from opptak.runtime import Runtime

__all__ = ("counted",)


@contextmanager
def counted(runtime: Runtime, role: Role = Role.APP) -> Iterator[list[str]]:
    """Collect the statements the platform sends: inside tenants, or as another role."""
    statements: list[str] = []
    engine = runtime.database.engine(role).sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
