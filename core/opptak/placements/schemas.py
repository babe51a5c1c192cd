"""States and views of placements and their hand-over."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.facilities.schemas import ProgramView
from opptak.facilities.week import Week

__all__ = (
    "ExportFormat",
    "ExportState",
    "ExportView",
    "ImportReport",
    "PlacementRow",
    "PlacementView",
    "UnitOccupancy",
)


class ExportState(StrEnum):
    """Where a hand-over stands."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    PARTLY_REFUSED = "partly_refused"
    """The receiver did not take all of it."""


class ExportFormat(StrEnum):
    """Formats of the neutral file."""

    JSON = "json"
    CSV = "csv"


class PlacementView(msgspec.Struct, frozen=True, kw_only=True):
    """A child's place."""

    id: UUID
    child_id: UUID
    unit_id: UUID
    facility_id: UUID
    offer_id: UUID | None
    """The offer it came from; None where it was imported."""
    starts_on: date
    ends_on: date | None
    """Last day; None while open."""
    days_per_week: int
    weekdays: tuple[int, ...] | None
    """0 to 4 from Monday on; None where nobody has named them."""


class UnitOccupancy(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with its places and the children in it on a day."""

    program: ProgramView
    taken: int
    by_weekday: Week
    """Children who come on each weekday; one whose days nobody has named counts on all."""

    @property
    def free(self) -> int:
        """Places nobody has; negative where more children are there than places."""
        return self.program.seats - self.taken


class PlacementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a list of the staff; a house or unit we no longer know has no name."""

    placement: PlacementView
    child_name: str
    facility_name: str
    unit_name: str


class ExportView(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over."""

    id: UUID
    system: str
    state: ExportState
    placements: int
    """Accepted by the receiver."""
    refused: int
    reference: str
    """The receiver's own."""
    started_at: datetime
    finished_at: datetime | None


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import of current placements did."""

    imported: int
    ours: int
    """Left alone because they came from here."""
    unknown_children: int
    """Left out because the register does not tell of the child."""
    unknown_facilities: int
    """Left out because we know no such facility, or no unit in it."""
    ended: int
    """Imported earlier and no longer there."""
