"""Applications together with people: as an offer sees one, and as staff do."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.people.schemas import GuardianView, PersonView

__all__ = ("CaseFile", "Seeker")


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """An application as an offer sees it; `ranks` are those of its wishes by facility."""

    application_id: UUID
    round_id: UUID
    child_id: UUID
    case_number: str
    status: ApplicationStatus
    start_on: date | None
    days_per_week: int | None
    ranks: Mapping[UUID, int]
    tags: tuple[str, ...]
    guardians: tuple[GuardianView, ...]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """An application with the register's own words beside it, for staff."""

    application: ApplicationView
    child: PersonView
    guardians: tuple[GuardianView, ...]
