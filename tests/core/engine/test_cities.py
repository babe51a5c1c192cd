"""Synthetic municipalities: repeatable, well-formed, and about as contested as real ones."""

from collections import Counter

import pytest

from opptak.engine.canonical import canonical_bytes, in_order
from opptak.engine.cities import PRESETS, build_city
from opptak.engine.instance import Algorithm, PriorityMode, Wish, program_of
from opptak.engine.result import Reason, Status
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


def test_every_third_provider_of_soest_has_an_order_of_its_own() -> None:
    city = build_city("soest", seed=1)
    ranked = {program.facility for program in city.programs if program.ranking is not None}
    wished = {(child.id, program_of(wish)) for child in city.children for wish in child.wishes}

    assert city.rules.priority is PriorityMode.LISTED
    assert len(ranked) == 10
    for program in city.programs:
        if program.ranking is not None:
            assert {(child, program.id) for child in program.ranking} == {
                pair for pair in wished if pair[1] == program.id
            }
    assert any(
        wish.by is Reason.LISTED and wish.status is Status.REFUSED
        for told in allocate(city).wishes.values()
        for wish in told
    )


def test_german_towns_offer_contracts_by_hours() -> None:
    city = build_city("selm", seed=1)
    hours = Counter(wish.hours for child in city.children for wish in child.wishes if isinstance(wish, Wish))

    assert hours.keys() == {25, 35, 45}
    assert hours[45] == max(hours.values())


@pytest.mark.parametrize("name", ["herning", "dk_average"])
def test_danish_months_go_by_seniority(name: str) -> None:
    city = build_city(name, seed=1)
    waited = [child.priority.ties for child in city.children if child.priority]

    assert city.rules.algorithm is Algorithm.SENIORITY
    assert all(len(child.wishes) <= 2 for child in city.children)
    assert all(len(ties) == 1 for ties in waited)
    assert allocate(city).metrics.blocking == 0


def test_presets_name_the_promised_municipalities() -> None:
    assert PRESETS.keys() >= {
        "barleben",
        "berlin",
        "dk_average",
        "herning",
        "kafjord",
        "kvaenangen",
        "nordreisa",
        "oslo",
        "selm",
        "skjervoy",
        "soest",
        "storfjord",
        "stress",
        "tonsberg",
        "tromso",
        "trondheim",
    }
