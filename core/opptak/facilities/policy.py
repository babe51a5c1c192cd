"""Who may set the capacity of which facility."""

from uuid import UUID

from opptak.authz.actions import Role
from opptak.kit.subject import Space, Subject

__all__ = ("houses_of", "may_set_capacity")


def houses_of(subject: Subject) -> frozenset[UUID] | None:
    """Return the houses a member of staff has to do with; None where that is all of them.

    Leaders have their own, other roles and the platform itself the whole municipality.
    """
    everywhere = subject.space is Space.SYSTEM or subject.roles - {Role.LEADER}
    return None if everywhere else subject.facilities


def may_set_capacity(subject: Subject, facility_id: UUID) -> bool:
    """Return whether a member of staff may: everywhere, unless their roles are bound to other houses."""
    if subject.space is not Space.STAFF:
        return False
    return not subject.facilities or facility_id in subject.facilities
