"""The list of applications as a query: narrowed, ordered, and read from some row on.

A place in the list is the id of the application that stands there: it says nothing of anybody, and holds when
others come or go.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, func, literal, select, tuple_

from opptak.admission.models import Application, Wish
from opptak.admission.repository_parts import (
    first_wish,
    has_open_claim,
    has_unmet_right,
    number_of_open_claims,
    number_of_wishes,
    unheard,
)
from opptak.admission.schemas import ApplicationFilter, ApplicationSort
from opptak.kit.db import TenantSession

__all__ = ("Listed", "Search")

_LAST = "\U0010ffff"
"""Comes after every case number that begins with what is before it."""

_NEVER = literal(datetime(1, 1, 2, tzinfo=UTC))


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list, with the length of the whole list."""

    row: Application
    first_wish: UUID | None
    wishes: int
    open_claims: int
    total: int


class Search:
    """One search; `visible` is what the policy lets the subject see, `child` what the list may be ordered by,
    `named` the children who have the name that is looked for.
    """

    def __init__(
        self,
        wanted: ApplicationFilter,
        *,
        visible: ColumnElement[bool],
        child: Subquery,
        named: Select[UUID] | None,
    ) -> None:
        self._wanted = wanted
        self._child = child
        self._conditions = [visible, *_conditions(wanted, child, named)]

    async def lines(self, session: TenantSession) -> Sequence[Listed]:
        """Return the lines asked for, and one more where the list goes on; in reverse for `before`."""
        wanted, key = self._wanted, _key(self._wanted.sort, self._child)
        backwards = wanted.before is not None
        descending = backwards is not (wanted.sort in _LAST_FIRST)
        found = (
            self._joined(
                Application, first_wish(), number_of_wishes(), number_of_open_claims(), self._total()
            )
            .where(*self._conditions)
            .order_by(*(column.desc() if descending else column.asc() for column in key))
            .limit(wanted.size + 1)
        )
        if (at := wanted.before or wanted.after) is not None:
            place = tuple_(
                *(self._joined(part).where(Application.id == at).scalar_subquery() for part in key)
            )
            here = tuple_(*key)
            found = found.where(here < place if descending else here > place)
        rows = await session.execute(found)
        return [
            Listed(row=row, first_wish=facility, wishes=wishes, open_claims=claims, total=total)
            for row, facility, wishes, claims, total in rows
        ]

    def _total(self) -> ColumnElement[int]:
        counted = self._joined(func.count()).where(*self._conditions)
        return cast("ColumnElement[int]", counted.correlate(None).scalar_subquery())

    def _joined(self, *columns: Any) -> Select[Any]:
        """Select from applications, with the child where the list needs it."""
        found = select(*columns).select_from(Application)
        if self._wanted.born_on is None and self._wanted.sort not in _OF_THE_CHILD:
            return found
        child = self._child.c
        return found.join(
            self._child, (child.tenant_id == Application.tenant_id) & (child.id == Application.child_id)
        )


_LAST_FIRST = {ApplicationSort.NEWEST, ApplicationSort.BORN}
_OF_THE_CHILD = {ApplicationSort.CHILD, ApplicationSort.BORN}


def _key(sort: ApplicationSort, child: Subquery) -> tuple[ColumnElement[Any], ...]:
    """Return what a list is ordered by; the case number puts equals in order."""
    number = Application.case_number.expression
    match sort:
        case ApplicationSort.CHILD:
            return child.c.sort_name, number
        case ApplicationSort.BORN:
            return child.c.born_on, number
        case ApplicationSort.NEWEST:
            return func.coalesce(Application.submitted_at, _NEVER), number
    return (number,)


def _conditions(
    wanted: ApplicationFilter, child: Subquery, named: Select[UUID] | None
) -> Iterator[ColumnElement[bool]]:
    if wanted.round_id is not None:
        yield Application.round_id == wanted.round_id
    if wanted.statuses:
        yield Application.status.in_(wanted.statuses)
    if wanted.answers:
        yield Application.answer.in_(wanted.answers)
    if wanted.facility_id is not None:
        yield Application.id.in_(select(Wish.application_id).where(Wish.facility_id == wanted.facility_id))
    if wanted.case_number:
        yield Application.case_number >= wanted.case_number
        yield Application.case_number < wanted.case_number + _LAST
    if named is not None:
        # Counted and listed from the same rows: PostgreSQL looks names up once.
        found = named.cte("named")
        yield Application.child_id.in_(select(found.c[0]))
    if wanted.born_on is not None:
        yield child.c.born_on == wanted.born_on
    if wanted.late is not None:
        yield Application.late.is_(wanted.late)
    if wanted.open_claims is not None:
        yield has_open_claim() if wanted.open_claims else ~has_open_claim()
    if wanted.unmet_right is not None:
        yield has_unmet_right() if wanted.unmet_right else ~has_unmet_right()
    if wanted.unheard is not None:
        yield unheard() if wanted.unheard else ~unheard()
