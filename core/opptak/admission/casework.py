"""Casework: what a member of staff needs to see of an application, and of those who wish for a house."""

from collections.abc import Collection
from uuid import UUID

from opptak.admission.base import Desk
from opptak.admission.models import Application
from opptak.admission.policy import visible_to
from opptak.admission.repository import Whole, Wishing
from opptak.admission.schemas import ApplicantRow, ApplicationStatus, CaseHeading
from opptak.admission.seekers import CaseFile
from opptak.kit.errors import NotFound
from opptak.kit.paging import Page
from opptak.people.schemas import PersonView

__all__ = ("Casework",)


class Casework(Desk):
    """Shows applications to staff; every look is noted."""

    async def case_file(self, application_id: UUID) -> CaseFile:
        """Return an application with the register's own words beside it; raises NotFound."""
        whole = await self._visible(application_id)
        child_id = whole.row.child_id
        children = await self._people.get([child_id])
        [application] = await self._views([whole], children=children)
        guardians = await self._people.guardians_of([child_id])
        self._look("application", application_id)
        return CaseFile(
            application=application, child=children[child_id], guardians=tuple(guardians[child_id])
        )

    async def heading(self, application_id: UUID) -> CaseHeading:
        """Return what is said on top of every page about an application; raises NotFound."""
        row = (await self._visible(application_id)).row
        child = (await self._people.get([row.child_id]))[row.child_id]
        self._look("application", application_id)
        return _heading(row, child)

    async def round_of(self, application_id: UUID) -> UUID:
        """Return the round of an application the subject may see; raises NotFound."""
        return (await self._visible(application_id)).row.round_id

    async def applicants_at(
        self, facility_id: UUID, round_id: UUID, *, page: int = 1, size: int = 50
    ) -> Page[ApplicantRow]:
        """Return a page of those who have applied and wish for a house, first wishes first."""
        found, total = await self._applications.wishing(
            facility_id, round_id, visible=visible_to(self._work.subject), page=page, size=size
        )
        children = await self._people.get({one.row.child_id for one in found})
        self._look("facility", facility_id, [one.row.id for one in found])
        rows = tuple(_applicant(one, children[one.row.child_id]) for one in found)
        return Page(items=rows, total=total, number=page, size=size)

    async def id_of(self, case_number: str) -> UUID | None:
        """Return the application with a case number: an id alone, which is no look at it."""
        return await self._applications.id_of(case_number)

    async def case_numbers(self, applications: Collection[UUID]) -> dict[UUID, str]:
        """Return the case numbers of applications the subject may see: an address, which is no look."""
        found = await self._applications.rows(applications, visible=visible_to(self._work.subject))
        return {row.id: row.case_number for row in found}

    async def named(self, applications: Collection[UUID]) -> dict[UUID, CaseHeading]:
        """Return the headings of applications the subject may see; those it may not are left out."""
        found = await self._applications.rows(applications, visible=visible_to(self._work.subject))
        children = await self._people.get({row.child_id for row in found})
        self._look("applications", None, [row.id for row in found])
        return {row.id: _heading(row, children[row.child_id]) for row in found}

    async def _visible(self, application_id: UUID) -> Whole:
        visible = visible_to(self._work.subject, children=await self._own_children())
        whole = await self._applications.get(application_id, visible=visible)
        if whole is None:
            raise NotFound
        return whole


def _heading(row: Application, child: PersonView) -> CaseHeading:
    return CaseHeading(
        id=row.id,
        round_id=row.round_id,
        child_id=row.child_id,
        child_name=child.name,
        case_number=row.case_number,
        status=ApplicationStatus(row.status),
        late=row.late,
    )


def _applicant(one: Wishing, child: PersonView) -> ApplicantRow:
    row = one.row
    return ApplicantRow(
        id=row.id,
        case_number=row.case_number,
        child_name=child.name,
        child_born_on=child.born_on,
        rank=one.rank,
        status=ApplicationStatus(row.status),
        late=row.late,
        start_on=row.start_on,
        days_per_week=row.days_per_week,
        open_claims=one.open_claims,
    )
