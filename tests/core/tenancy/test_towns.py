"""The municipalities that come with the platform: sound documents, each its own."""

from pathlib import Path

import pytest
from tests.documents import TENANTS

from opptak.commands.knowing import known_here
from opptak.tenancy.config import TenantDocument
from opptak.tenancy.folder import read_folder
from opptak.ui.colours import contrast
from opptak_simulators.society import places

TOWNS = sorted(path.name for path in TENANTS.iterdir() if path.is_dir() and path.name[0] != "_")
ACTION_ZONE = {"5538", "5540", "5542", "5544", "5546"}
"""Municipality numbers of Nord-Troms among them, where the place is free."""
SAMI_AREA = {"5540"}
"""Of these, Kåfjord alone lies in the administrative area for Sami languages."""


@pytest.fixture(params=TOWNS)
def town(request: pytest.FixtureRequest) -> TenantDocument:
    """Each municipality's document."""
    folder: Path = TENANTS / request.param
    return read_folder(folder, known=known_here())


def test_there_are_six() -> None:
    assert TOWNS == ["kafjord", "kvaenangen", "nordreisa", "skjervoy", "storfjord", "tromso"]


def test_facts_are_those_of_the_simulated_country(town: TenantDocument) -> None:
    preset = places.municipality(town.slug)
    assert town.municipalities == (preset.number,)
    assert town.organisation_number == preset.organisation


def test_family_reads_its_own_language(town: TenantDocument) -> None:
    assert set(town.languages) == {"nb", "nn", "se", "en"}
    assert town.title("se").endswith(" suohkan")
    assert town.texts.keys() == {"nb", "nn", "se", "en"}


def test_place_is_free_in_the_action_zone_alone(town: TenantDocument) -> None:
    [table] = town.fees.tables
    free = not any(table.by_days.values())
    assert free == (town.municipalities[0] in ACTION_ZONE)


def test_law_goes_before_local_criteria(town: TenantDocument) -> None:
    [criteria] = town.criteria
    lifted = {rule.fact: rule.tier for rule in criteria.rules if rule.tier is not None}
    assert sorted(lifted, key=lambda fact: lifted[fact] or 0)[:2] == ["statutory_priority", "right"]
    assert criteria.rules[0].proof


def test_reserved_seats_are_at_kindergartens_of_the_municipality(town: TenantDocument) -> None:
    houses = {unit.orgnr for unit in places.kindergartens_of(town.municipalities[0]) if unit.active}
    assert {reserve.facility for reserve in town.criteria[0].reserves} <= houses


def test_sami_is_equal_in_its_administrative_area(town: TenantDocument) -> None:
    inside = town.municipalities[0] in SAMI_AREA
    assert (town.languages[1] == "se", town.equal_languages == ("se",)) == (inside, inside)


def test_accent_can_be_read_on_white(town: TenantDocument) -> None:
    assert contrast(town.brand.accent, "#ffffff") >= 4.5


@pytest.mark.parametrize("part", ["criteria", "brand", "assets", "texts", "names"])
def test_no_two_are_alike(part: str) -> None:
    values = [getattr(read_folder(TENANTS / slug), part) for slug in TOWNS]
    assert all(values.count(one) == 1 for one in values)
