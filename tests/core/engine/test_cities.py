"""Synthetic municipalities: repeatable, well-formed, and about as contested as real ones."""

from collections import Counter

import pytest

from opptak.engine.canonical import canonical_bytes, in_order
from opptak.engine.cities import PRESETS, build_city
from opptak.engine.instance import Wish
from opptak.engine.running import allocate
from opptak.engine.wellformed import parse_instance

TOWNS = sorted(name for name in PRESETS if PRESETS[name].children < 1000)


@pytest.mark.parametrize("name", TOWNS)
def test_city_is_well_formed_and_of_the_promised_size(name: str) -> None:
    city = build_city(name, seed=3)
    preset = PRESETS[name]

    assert parse_instance(canonical_bytes(city)) == city
    assert len(city.children) == preset.children + preset.transfers
    assert len({program.facility for program in city.programs}) == preset.facilities
    assert city == in_order(city)


def test_city_repeats_itself_for_a_seed_and_not_for_another() -> None:
    assert canonical_bytes(build_city("skjervoy", seed=1)) == canonical_bytes(build_city("skjervoy", seed=1))
    assert build_city("skjervoy", seed=1).children != build_city("skjervoy", seed=2).children


def test_city_never_measures_to_a_protected_address() -> None:
    city = build_city("tromso", seed=1)
    protected = [child for child in city.children if "protected" in child.tags]

    assert protected != []
    assert [wish for child in protected for wish in child.wishes if isinstance(wish, Wish)] == []


def test_city_has_a_seat_for_each_place_that_is_held() -> None:
    city = build_city("tonsberg", seed=1)
    held = Counter(child.current for child in city.children if child.current)

    assert all(
        held[program.id] <= program.capacity for program in city.programs if isinstance(program.capacity, int)
    )
    assert allocate(city).metrics.lost == 0


def test_towns_are_contested_as_real_ones() -> None:
    figures = allocate(build_city("tromso", seed=1)).metrics

    assert 600_000 <= figures.first_ppm <= 780_000
    assert 850_000 <= figures.stated_ppm <= 960_000
    assert figures.blocking == 0


def test_presets_name_the_promised_municipalities() -> None:
    assert PRESETS.keys() >= {
        "kafjord",
        "kvaenangen",
        "nordreisa",
        "oslo",
        "skjervoy",
        "storfjord",
        "stress",
        "tonsberg",
        "tromso",
        "trondheim",
    }
