"""States and views of facilities, units and capacity."""

from enum import StrEnum
from uuid import UUID

import msgspec

from opptak.facilities.week import Week, every_day
from opptak.hooks.types import FacilityKind

__all__ = ("CapacityState", "FacilityView", "ImportReport", "PointSource", "ProgramView")


class CapacityState(StrEnum):
    """Who says how many places there are."""

    PROPOSED = "proposed"
    """Computed from the register's figures; nobody at the municipality has looked at it."""
    CONFIRMED = "confirmed"
    """By a member of staff, or by a register that itself knows how many there are."""


class PointSource(StrEnum):
    """Where a facility's point on the map comes from."""

    REGISTER = "register"
    GEOCODED = "geocoded"
    MANUAL = "manual"


class FacilityView(msgspec.Struct, frozen=True, kw_only=True):
    """A facility as parents and staff see it; None is unknown."""

    id: UUID
    register_id: str
    name: str
    kind: FacilityKind
    active: bool
    public: bool
    owner: str
    address: str
    point: tuple[float, float] | None
    """Latitude and longitude in degrees."""
    point_source: PointSource | None
    age_from: int | None
    age_to: int | None
    children: int | None
    """Children registered there, which is not the number of places."""
    opens_at: str
    closes_at: str
    meals_minor: int | None
    profiles: tuple[str, ...]

    @property
    def offerable(self) -> bool:
        """Whether one can apply for a place there."""
        return self.active and self.kind is not FacilityKind.OPEN


class ProgramView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and its places on a day: what children are allocated to."""

    unit_id: UUID
    unit_name: str
    facility_id: UUID
    facility_name: str
    facility_register_id: str
    band: str
    """Age band: `small` or `large` by the country's own rule."""
    seats: int
    """On every day, or on the day with the most."""
    by_weekday: Week | None = None
    """Monday to Friday, where the days differ."""
    confirmed: bool
    language: str
    """BCP 47 tag where the unit works in a language of its own, else empty."""

    @property
    def week(self) -> Week:
        """The places of each weekday."""
        return self.by_weekday or every_day(self.seats)


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import from the register did."""

    facilities: int
    closed: int
    """Facilities that are no longer in use."""
    unlocated: int
    """Facilities in use without a point on the map."""
    units: int
    """Units proposed for facilities that had none."""
