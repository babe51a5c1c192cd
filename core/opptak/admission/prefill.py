"""What a draft is filled with: a sibling's house first, then the nearest ones. Pure."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from opptak.facilities.distance import haversine, nearest
from opptak.facilities.schemas import FacilityView, ProgramView

__all__ = ("Houses", "Prefilled", "wishes")


class Prefilled(msgspec.Struct, frozen=True, kw_only=True):
    """A wish of a draft."""

    facility_id: UUID
    rank: int
    distance_m: int | None


class Houses:
    """The facilities one can apply for, and the age bands each has places for."""

    def __init__(self, facilities: Sequence[FacilityView], programs: Collection[ProgramView]) -> None:
        self.by_id: Mapping[UUID, FacilityView] = {found.id: found for found in facilities}
        self._bands: dict[str, set[UUID]] = {}
        for program in programs:
            self._bands.setdefault(program.band, set()).add(program.facility_id)

    def for_band(self, band: str) -> list[FacilityView]:
        """Return the facilities with places for an age band."""
        ids = self._bands.get(band, set())
        return [facility for facility in self.by_id.values() if facility.id in ids]

    def distance(self, home: tuple[float, float] | None, facility_id: UUID) -> int | None:
        """Return metres from a home, None where either point is unknown or protected."""
        facility = self.by_id.get(facility_id)
        if home is None or facility is None or facility.point is None:
            return None
        return haversine(home, facility.point)


def wishes(
    houses: Houses,
    *,
    band: str,
    home: tuple[float, float] | None,
    siblings_at: Collection[UUID],
    near: int,
    most: int,
) -> list[Prefilled]:
    """Return the wishes of a draft: houses where siblings are, then the `near` nearest, `most` in all."""
    suited = houses.for_band(band)
    with_sibling = [facility.id for facility in suited if facility.id in siblings_at]
    close = [facility.id for facility, _ in nearest(home, suited, near)] if home else []
    ranked = list(dict.fromkeys([*with_sibling, *close]))[:most]
    return [
        Prefilled(facility_id=facility, rank=rank, distance_m=houses.distance(home, facility))
        for rank, facility in enumerate(ranked, start=1)
    ]
