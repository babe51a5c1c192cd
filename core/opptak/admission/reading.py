"""Looking at applications: one, a parent's, a case worker's list, and the figures."""

from uuid import UUID

from opptak.admission.base import Desk
from opptak.admission.policy import visible_to
from opptak.admission.repository import Listed
from opptak.admission.schemas import (
    Answer,
    ApplicationCounts,
    ApplicationFilter,
    ApplicationRow,
    ApplicationStatus,
    ApplicationView,
    Origin,
)
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound
from opptak.kit.paging import Page
from opptak.kit.subject import Space
from opptak.people.schemas import PersonView

__all__ = ("Reading",)


class Reading(Desk):
    """Shows applications."""

    async def get(self, application_id: UUID) -> ApplicationView:
        """Return an application; raises NotFound for one the subject may not see."""
        view = await self._open(application_id)
        if self._work.subject.space is Space.STAFF:
            self._note(Action.APPLICATION_READ, view.id)
        return view

    async def of_guardian(self, guardian_id: UUID) -> list[ApplicationView]:
        """Return the applications of the children a person is responsible for, the newest first.

        Parents see their own alone; raises NotFound for somebody else's.
        """
        if self._by_parent and guardian_id != self._work.subject.id:
            raise NotFound
        children = {child.id: child for child in await self._people.children_of(guardian_id)}
        wholes = await self._applications.of(children)
        if self._work.subject.space is Space.STAFF:
            record(self._work, Action.APPLICATION_READ, "person", guardian_id, rows=len(wholes))
        return await self._views(wholes, children=children)

    async def of_round(self, round_id: UUID) -> list[ApplicationView]:
        """Return all applications of a round the subject may see, by case number."""
        visible = visible_to(self._work.subject, children=await self._own_children())
        wholes = await self._applications.of_round(round_id, visible=visible)
        if self._work.subject.space is Space.STAFF:
            record(self._work, Action.APPLICATION_READ, "round", round_id, rows=len(wholes))
        return await self._views(wholes, children={})

    async def search(self, wanted: ApplicationFilter) -> Page[ApplicationRow]:
        """Return a page of the applications the subject may see, by case number."""
        visible = visible_to(self._work.subject, children=await self._own_children())
        found = await self._applications.search(wanted, visible=visible)
        children = await self._people.get({line.row.child_id for line in found})
        names = await self._names({line.first_wish for line in found if line.first_wish})
        if self._work.subject.space is Space.STAFF:
            record(self._work, Action.APPLICATION_READ, "round", wanted.round_id, rows=len(found))
        return Page(
            items=tuple(
                _row(
                    line,
                    children[line.row.child_id],
                    names.get(line.first_wish, "") if line.first_wish else "",
                )
                for line in found
            ),
            total=found[0].total if found else 0,
            number=wanted.page,
            size=wanted.size,
        )

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
