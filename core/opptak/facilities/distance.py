"""Straight-line distance, for wishes and lists; it is always labelled as such."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Protocol, TypeVar

__all__ = ("Located", "haversine", "nearest")

EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""

Point = tuple[float, float]


class Located(Protocol):
    """Something with a point: latitude and longitude in degrees, None when unknown."""

    @property
    def point(self) -> Point | None:
        """Where it is."""
        ...


L = TypeVar("L", bound=Located)


def haversine(one: Point, other: Point) -> int:
    """Return the great-circle distance of two points in whole metres."""
    (south, west), (north, east) = (
        (radians(latitude), radians(longitude)) for latitude, longitude in (one, other)
    )
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return round(2 * EARTH_RADIUS * asin(sqrt(half)))


def nearest(point: Point, places: Sequence[L], n: int) -> list[tuple[L, int]]:
    """Return the `n` nearest places with their distance in metres; places without a point are left out."""
    measured = [(place, haversine(point, place.point)) for place in places if place.point]
    return sorted(measured, key=lambda found: found[1])[:n]
