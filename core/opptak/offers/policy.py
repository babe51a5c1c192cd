"""Who may see offers and places in line: the child's guardians, case workers, and the house itself."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, false, true

from opptak.authz.actions import Role
from opptak.kit.subject import Space, Subject
from opptak.offers.models import Offer, WaitingEntry

__all__ = ("visible_to",)


def visible_to(
    subject: Subject, of: type[Offer] | type[WaitingEntry], *, children: Collection[UUID] = ()
) -> ColumnElement[bool]:
    """Return the rows a subject may see; `children` are those a parent is responsible for."""
    match subject.space:
        case Space.SYSTEM:
            return true()
        case Space.PARENTS:
            return of.child_id.in_(children)
        case Space.STAFF if subject.roles - {Role.LEADER, Role.GUARDIAN}:
            return true()
        case Space.STAFF if subject.facilities:
            return of.facility_id.in_(subject.facilities)
    return false()
