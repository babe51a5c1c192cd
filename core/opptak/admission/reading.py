"""Looking at applications: one, a parent's, a case worker's list, and the figures."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import msgspec

from opptak.admission.base import Desk
from opptak.admission.policy import finds_protected, visible_to
from opptak.admission.repository_search import Listed, Search
from opptak.admission.schemas import (
    Answer,
    ApplicationCounts,
    ApplicationFilter,
    ApplicationRow,
    ApplicationStatus,
    ApplicationView,
    Origin,
)
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound
from opptak.kit.paging import Window
from opptak.people.schemas import PersonView

__all__ = ("Reading",)

AT_ONCE = 1000
"""Rows of a sheet read in one query."""


class Reading(Desk):
    """Shows applications."""

    async def get(self, application_id: UUID) -> ApplicationView:
        """Return an application; raises NotFound for one the subject may not see."""
        view = await self._open(application_id)
        self._look("application", view.id)
        return view

    async def of_guardian(self, guardian_id: UUID) -> list[ApplicationView]:
        """Return the applications of the children a person is responsible for, the newest first.

        Parents see their own alone; raises NotFound for somebody else's.
        """
        if self._by_parent and guardian_id != self._work.subject.id:
            raise NotFound
        children = {child.id: child for child in await self._people.children_of(guardian_id)}
        wholes = await self._applications.of(children)
        shown = [*children, *(whole.row.id for whole in wholes)]
        self._look("person", guardian_id, shown, own=Action.OWN_CHILDREN_READ)
        return await self._views(wholes, children=children)

    async def of_round(self, round_id: UUID) -> list[ApplicationView]:
        """Return all applications of a round the subject may see, by case number."""
        visible = visible_to(self._work.subject, children=await self._own_children())
        wholes = await self._applications.of_round(round_id, visible=visible)
        self._look("round", round_id, [whole.row.id for whole in wholes])
        return await self._views(wholes, children={})

    async def search(self, wanted: ApplicationFilter) -> Window[ApplicationRow]:
        """Return a part of the list of applications the subject may see.

        From a place that is no longer in the list, it is the list's beginning.
        """
        lines = await self._search(wanted)
        if not lines and (wanted.after or wanted.before):
            wanted = msgspec.structs.replace(wanted, after=None, before=None)
            lines = await self._search(wanted)
        rows = await self._shown(lines[: wanted.size])
        self._look("round", wanted.round_id, [row.id for row in rows])
        backwards = wanted.before is not None
        more = len(lines) > wanted.size
        items = rows[::-1] if backwards else rows
        return Window(
            items=tuple(items),
            total=lines[0].total if lines else 0,
            first=items[0].id if items and (more if backwards else wanted.after is not None) else None,
            last=items[-1].id if items and (more or backwards) else None,
        )

    async def all_found(self, wanted: ApplicationFilter) -> AsyncIterator[ApplicationRow]:
        """Yield all rows of a list, for a sheet; who takes them all is noted as such."""
        place: UUID | None = None
        while True:
            part = msgspec.structs.replace(wanted, after=place, before=None, size=AT_ONCE)
            lines = await self._search(part)
            rows = await self._shown(lines[:AT_ONCE])
            self._look("round", wanted.round_id, [row.id for row in rows])
            for row in rows:
                yield row
            if len(lines) <= AT_ONCE:
                return
            place = rows[-1].id

    async def _search(self, wanted: ApplicationFilter) -> Sequence[Listed]:
        subject = self._work.subject
        visible = visible_to(subject, children=await self._own_children())
        named = self._people.named(wanted.name, protected=finds_protected(subject)) if wanted.name else None
        search = Search(wanted, visible=visible, child=self._people.listed(), named=named)
        return await search.lines(self._work.session)

    async def _shown(self, lines: Sequence[Listed]) -> list[ApplicationRow]:
        children = await self._people.get({line.row.child_id for line in lines})
        names = await self._names({line.first_wish for line in lines if line.first_wish})
        return [
            _row(line, children[line.row.child_id], names.get(line.first_wish, "") if line.first_wish else "")
            for line in lines
        ]

    async def unanswered(self, round_id: UUID) -> dict[UUID, UUID]:
        """Return the drafts of a round that nobody has answered, by child."""
        return await self._applications.unanswered(round_id)

    async def counts(self, round_id: UUID) -> ApplicationCounts:
        """Return the figures of a round, of the applications the subject may see."""
        visible = visible_to(self._work.subject, children=await self._own_children())
        return await self._applications.counts(round_id, visible=visible)


def _row(line: Listed, child: PersonView, first_wish: str) -> ApplicationRow:
    row = line.row
    return ApplicationRow(
        id=row.id,
        child_id=row.child_id,
        child_name=child.name,
        child_born_on=child.born_on,
        protected=child.protected,
        case_number=row.case_number,
        status=ApplicationStatus(row.status),
        origin=Origin(row.origin),
        answer=Answer(row.answer),
        start_on=row.start_on,
        days_per_week=row.days_per_week,
        submitted_at=row.submitted_at,
        late=row.late,
        entitled=row.entitled,
        first_wish=first_wish,
        wishes=line.wishes,
        open_claims=line.open_claims,
    )
