"""Straight-line distance."""

import msgspec
import pytest

from opptak.facilities.distance import haversine, nearest


class House(msgspec.Struct, frozen=True):
    name: str
    point: tuple[float, float] | None


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((69.769, 21.034), (69.769, 21.034), 0),
        ((0.0, 0.0), (0.0, 1.0), 111195),
        ((69.769, 21.034), (69.7835, 20.9482), 3672),
        ((0.0, 179.5), (0.0, -179.5), 111195),
    ],
)
def test_haversine_is_the_great_circle(
    one: tuple[float, float], other: tuple[float, float], metres: int
) -> None:
    assert haversine(one, other) == pytest.approx(metres, abs=1)


def test_nearest_ranks_houses_with_a_point() -> None:
    houses = [House("far", (70.0, 21.0)), House("unknown", None), House("near", (69.77, 21.0))]
    assert [(house.name, metres) for house, metres in nearest((69.77, 21.0), houses, 5)] == [
        ("near", 0),
        ("far", 25575),
    ]
