"""Who may read which letter."""

from sqlalchemy import ColumnElement, false, true

from opptak.documents.models import Letter
from opptak.kit.subject import Space, Subject

__all__ = ("visible",)


def visible(subject: Subject) -> ColumnElement[bool]:
    """Return the filter on letters: a parent's own; all for staff, whose roles are checked at the door."""
    if subject.space is not Space.PARENTS:
        return true()
    return false() if subject.id is None else Letter.recipient_id == subject.id
