"""Processing: what an allocation needs to know of each application, and what it decides about them."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from opptak.admission.applicants import applicant, family_groups
from opptak.admission.base import Desk, wish_views
from opptak.admission.drafting import register_claims
from opptak.admission.families import gather
from opptak.admission.policy import visible_to
from opptak.admission.register_facts import Family, language_tags
from opptak.admission.schemas import Applicant, ApplicationStatus, RoundState
from opptak.admission.seekers import Seeker
from opptak.admission.states import PROCESSED, move_application
from opptak.authz.actions import Action

__all__ = ("Processing",)


class Processing(Desk):
    """Hands applications to the allocation and the offers, and takes outcomes back."""

    async def take_up(self, round_id: UUID) -> int:
        """Begin processing what was submitted, which ends the parents' editing; return how many."""
        return await self._applications.take_up(round_id)

    async def applicants(self, round_id: UUID) -> list[Applicant]:
        """Return the applications that take part in a run, by id, with what the register says now.

        While the round is open, those submitted do, for a rehearsal; later only those taken up, so that one
        that comes in late does not upset a run that is about to be released.
        """
        round_ = await self._rounds.get(round_id)
        rehearsed = {ApplicationStatus.SUBMITTED} if round_.state is RoundState.OPEN else set()
        statuses = PROCESSED | rehearsed
        ids = await self._applications.taking_part(round_id, statuses=statuses)
        families = await gather(self._work, ids, on=round_.starts_on)
        claims = [row for child, family in families.items() for row in register_claims(ids[child], family)]
        await self._applications.replace_register_claims(ids.values(), claims)
        wholes = await self._applications.of_ids(ids.values())
        names = await self._names({wish.facility_id for whole in wholes for wish in whole.wishes})
        groups = family_groups(families.values(), called=await self._called(families.values()))
        criteria = self._work.tenant.criteria()
        found = [
            applicant(
                whole,
                families[whole.row.child_id],
                wishes=wish_views(whole, families[whole.row.child_id].child, names),
                place=groups[whole.row.child_id],
                criteria=criteria,
            )
            for whole in wholes
        ]
        return sorted(found, key=lambda one: one.application_id)

    async def _called(self, families: Collection[Family]) -> Callable[[UUID], str]:
        """Return what members of families are called in the lottery, which draws by their family's name.

        Training calls them by their invented numbers: ids are new in every run, and the lots shall not be.
        """
        if not self._work.tenant.document.training:
            return str
        members = {one for family in families for one in (family.child.id, *family.siblings)}
        numbers = await self._people.numbers(members)
        names = {one: hashlib.sha256(number.encode()).hexdigest() for one, number in numbers.items()}
        return names.__getitem__

    async def seekers(self, applications: Collection[UUID]) -> dict[UUID, Seeker]:
        """Return what an offer needs to know of applications, by id."""
        wholes = await self._applications.of_ids(applications)
        children = [whole.row.child_id for whole in wholes]
        people = await self._people.get(children)
        guardians = await self._people.guardians_of(children)
        return {
            whole.row.id: Seeker(
                application_id=whole.row.id,
                round_id=whole.row.round_id,
                child_id=whole.row.child_id,
                case_number=whole.row.case_number,
                status=ApplicationStatus(whole.row.status),
                start_on=whole.row.start_on,
                days_per_week=whole.row.days_per_week,
                ranks={wish.facility_id: wish.rank for wish in whole.wishes},
                tags=language_tags(people[whole.row.child_id], guardians[whole.row.child_id]),
                guardians=tuple(guardians[whole.row.child_id]),
            )
            for whole in wholes
        }

    async def withdrawn(self, applications: Collection[UUID]) -> set[UUID]:
        """Return those of the applications that have been withdrawn."""
        visible = visible_to(self._work.subject)
        rows = await self._applications.rows(applications, visible=visible)
        return {row.id for row in rows if row.status == ApplicationStatus.WITHDRAWN}

    async def settle(self, outcomes: Mapping[UUID, ApplicationStatus]) -> None:
        """Set the outcome of applications; raises ApplicationMoved where one was withdrawn meanwhile."""
        for row in await self._applications.lock_all(outcomes):
            if row.status != outcomes[row.id]:
                move_application(row, outcomes[row.id])
                row.offered = row.offered or row.status == ApplicationStatus.ALLOCATED
                self._note(Action.APPLICATION_WRITE, row.id, status=outcomes[row.id])
