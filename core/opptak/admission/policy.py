"""Who may see and change an application: guardians, case workers, and the houses that are wished for."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, true

from opptak.admission.models import Application, Wish
from opptak.authz.actions import Role
from opptak.kit.subject import Space, Subject

__all__ = ("finds_protected", "visible_to")


def visible_to(subject: Subject, *, children: Collection[UUID] = ()) -> ColumnElement[bool]:
    """Return the applications a subject may see; `children` are those a parent is responsible for.

    A leader of houses sees who has applied and wishes for one of them. Which action a role allows has been
    checked before.
    """
    match subject.space:
        case Space.SYSTEM:
            return true()
        case Space.PARENTS:
            return Application.child_id.in_(children)
        case Space.STAFF if subject.roles - {Role.LEADER, Role.GUARDIAN}:
            return true()
        case Space.STAFF if subject.facilities:
            return Application.submitted_at.is_not(None) & exists().where(
                Wish.tenant_id == Application.tenant_id,
                Wish.application_id == Application.id,
                Wish.facility_id.in_(subject.facilities),
            )
    return false()


def finds_protected(subject: Subject) -> bool:
    """Return whether a subject finds people by their names whose address is protected.

    The leader of a house gets by without: a name typed in must not tell which child belongs to whom.
    """
    return subject.space is Space.SYSTEM or (
        subject.space is Space.STAFF and bool(subject.roles - {Role.LEADER, Role.GUARDIAN})
    )
