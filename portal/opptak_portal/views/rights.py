"""What the law says of a child's right to a place, in the words of the country's rules."""

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.kit.i18n import Translator

__all__ = ("right_told",)

_HAS_ONE = frozenset({ApplicationStatus.ALLOCATED, ApplicationStatus.PLACED})


def right_told(application: ApplicationView, text: Translator) -> str:
    """Return what to tell a family without a place of its right to one; empty where there is nothing."""
    key = application.entitled_reason
    return text(key) if key and application.status not in _HAS_ONE and text.knows(key) else ""
