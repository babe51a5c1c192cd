"""What the verbs of admission have in common: finding an application the subject may see, and showing it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from opptak.admission.answers import editable
from opptak.admission.models import Application
from opptak.admission.policy import visible_to
from opptak.admission.prefill import Houses
from opptak.admission.repository import ApplicationRepository, Whole
from opptak.admission.rounds import Rounds
from opptak.admission.schemas import (
    Answer,
    ApplicationStatus,
    ApplicationView,
    Origin,
    WishView,
)
from opptak.audit.schemas import Outcome
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.facilities.service import Facilities
from opptak.hooks.providers import RuleSet
from opptak.kit.errors import NotFound
from opptak.kit.subject import Space
from opptak.people.schemas import PersonView
from opptak.people.service import People
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("Desk",)


class Desk:
    """The services and queries a verb of admission works with."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._applications = ApplicationRepository(work.session)
        self._rounds = Rounds(work)
        self._people = People(work)
        self._facilities = Facilities(work)

    @property
    def _rules(self) -> RuleSet:
        return self._work.tenant.plugins.require(RuleSet)

    @property
    def _by_parent(self) -> bool:
        return self._work.subject.space is Space.PARENTS

    def _note(self, action: str, application_id: UUID, **details: str | int | bool | None) -> None:
        record(self._work, action, "application", application_id, shown=(), outcome=Outcome.DONE, **details)

    def _look(
        self, kind: str, target: UUID | None, shown: Collection[UUID] = (), *, own: Action | None = None
    ) -> None:
        """Note that somebody looks (`own`: as a parent); the platform notes what it does instead."""
        if self._work.subject.space is Space.SYSTEM:
            return
        read = own or Action.OWN_APPLICATION_READ
        action = read if self._by_parent else Action.APPLICATION_READ
        record(self._work, action, kind, target, shown=shown)

    async def _own_children(self) -> dict[UUID, PersonView]:
        """Return the children the logged-in parent is responsible for; nobody's for others."""
        subject = self._work.subject
        if not self._by_parent or subject.id is None:
            return {}
        return {child.id: child for child in await self._people.children_of(subject.id)}

    async def _lock(self, application_id: UUID) -> Application:
        """Lock an application the subject may change; raises NotFound."""
        visible = visible_to(self._work.subject, children=await self._own_children())
        found = await self._applications.lock(application_id, visible=visible)
        if found is None:
            raise NotFound
        return found

    async def _open(self, application_id: UUID) -> ApplicationView:
        """Return an application the subject may see; raises NotFound."""
        own = await self._own_children()
        visible = visible_to(self._work.subject, children=own)
        whole = await self._applications.get(application_id, visible=visible)
        if whole is None:
            raise NotFound
        return (await self._views([whole], children=own))[0]

    async def _views(
        self, wholes: Sequence[Whole], *, children: Mapping[UUID, PersonView], houses: Houses | None = None
    ) -> list[ApplicationView]:
        """Show applications; `children` and `houses` are those already at hand."""
        missing = {whole.row.child_id for whole in wholes} - children.keys()
        people = {**children, **(await self._people.get(missing) if missing else {})}
        known = {found.id: found.name for found in houses.by_id.values()} if houses else {}
        wished = {wish.facility_id for whole in wholes for wish in whole.wishes}
        names = {**known, **await self._names(wished - known.keys())}
        return [self._view(whole, people[whole.row.child_id], names) for whole in wholes]

    async def _houses(self, starts_on: date, *, among: Collection[UUID] | None = None) -> Houses:
        """Return the facilities one can apply for, with their places on a round's first day; two queries.

        Staff may enter any; what families are offered is what the portal is switched on for.
        """
        by_staff = self._work.subject.space is Space.STAFF
        module = None if by_staff else Module.PORTAL
        return Houses(
            await self._facilities.offerable(module, among=among),
            await self._facilities.programs(starts_on, module, among=among),
        )

    async def _names(self, facilities: Collection[UUID]) -> dict[UUID, str]:
        return await self._facilities.names(facilities) if facilities else {}

    def _view(self, whole: Whole, child: PersonView, names: Mapping[UUID, str]) -> ApplicationView:
        row, deadline = whole.row, self._work.tenant.document.round(whole.intake).deadline
        status = ApplicationStatus(row.status)
        today = self._work.tenant.today()
        return ApplicationView(
            id=row.id,
            round_id=row.round_id,
            intake=whole.intake,
            child_id=row.child_id,
            child_name=child.name,
            child_born_on=child.born_on,
            case_number=row.case_number,
            status=status,
            origin=Origin(row.origin),
            answer=Answer(row.answer),
            start_on=row.start_on,
            days_per_week=row.days_per_week,
            accepts_elsewhere=row.accepts_elsewhere,
            submitted_at=row.submitted_at,
            submitted_by=row.submitted_by,
            late=row.late,
            entitled=row.entitled,
            entitled_reason=row.entitled_reason,
            latest_start=row.latest_start,
            editable=editable(status, late=row.late, today=today, deadline=deadline),
            version=row.version,
            wishes=wish_views(whole, child, names),
            claims=whole.claims,
        )


def wish_views(whole: Whole, child: PersonView, names: Mapping[UUID, str]) -> tuple[WishView, ...]:
    """Return the wishes of an application with the facilities' names.

    Distances were stored with the wishes; those of a child who has become protected since would give the home
    away.
    """
    return tuple(
        WishView(
            facility_id=wish.facility_id,
            facility_name=names[wish.facility_id],
            rank=wish.rank,
            distance_m=None if child.protected else wish.distance_m,
        )
        for wish in whole.wishes
    )
