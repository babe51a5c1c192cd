"""Kindergartens: both versions of the register, closed units, owners, figures that are missing."""

from typing import Any

import httpx
import msgspec
import pytest

from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound
from opptak.hooks.types import FacilityKind
from opptak_registry_no.facilities import Facts, KindergartenRegister, Unit, facility_record
from tests.plugins.conftest import BASE_URL, NORDREISA, Watched
from tests.plugins.registry_no.conftest import Contexts

OWNER = "943350833"


@pytest.fixture
def register(registry: PluginContext) -> KindergartenRegister:
    return KindergartenRegister(registry)


async def test_units_of_the_municipality_with_the_closed_ones(register: KindergartenRegister) -> None:
    found = {facility.register_id: facility for facility in await register.facilities(NORDREISA)}
    assert OWNER not in found
    assert len(found) == 9
    assert {facility.name for facility in found.values() if not facility.active} == {
        "Storslett barnehage",
        "Sørkjosen barnehage",
    }
    assert found["986661999"].kind is FacilityKind.OPEN
    assert found["911801981"].public is False
    assert sum(facility.children or 0 for facility in found.values()) == 193


async def test_unit_has_the_figures_of_both_sources(register: KindergartenRegister) -> None:
    found = await register.facility("975322505")
    assert found.address is not None
    assert (found.name, found.owner_id, found.owner_name) == ("Høgegga barnehage", OWNER, "Nordreisa kommune")
    assert found.address.lines == ("Høgegga 3",)
    assert (found.address.postcode, found.address.municipality) == ("9151", "5544")
    assert (found.latitude, found.longitude) == (69.76512, 21.05198)
    assert (found.age_from, found.age_to, found.children, found.area_m2) == (1, 5, 65, 536.0)
    assert (found.opens_at, found.closes_at, found.meals_minor) == ("06:45", "16:30", 28500)
    assert (found.profiles, found.language) == ((), "nb")


async def test_point_at_zero_is_unknown(register: KindergartenRegister) -> None:
    found = await register.facility("994459082")
    assert (found.latitude, found.longitude) == (None, None)
    assert found.profiles == ("sami_department",)


async def test_owner_is_no_kindergarten(register: KindergartenRegister) -> None:
    with pytest.raises(NotFound):
        await register.facility(OWNER)


async def test_older_version_gives_the_same(
    register: KindergartenRegister, contexts: Contexts, authorities: Watched
) -> None:
    older = msgspec.structs.replace(contexts.settings, nbr_url=f"{BASE_URL}/nbr/v3")
    other = KindergartenRegister(contexts.over(authorities, older))
    assert await other.facilities(NORDREISA) == await register.facilities(NORDREISA)


async def test_closed_units_are_not_looked_up_in_the_other_source(
    register: KindergartenRegister, authorities: Watched
) -> None:
    await register.facility("975313824")
    assert authorities.count("barnehagefakta") == 0


async def test_unit_that_is_not_published_keeps_what_the_register_says(contexts: Contexts) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "barnehagefakta" in request.url.path:
            return httpx.Response(404)
        return httpx.Response(200, json=unit())

    found = await KindergartenRegister(contexts.over(httpx.MockTransport(answer))).facility("974569302")
    assert (found.name, found.area_m2, found.opens_at, found.meals_minor) == ("Fossen", None, "", None)


def unit(**changes: Any) -> dict[str, Any]:
    """Return a unit with only the necessary."""
    return {
        "Organisasjonsnummer": "974569302",
        "Navn": "Fossen",
        "ErAktiv": True,
        "ErBarnehage": True,
        **changes,
    }


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Ordinær barnehage", FacilityKind.KINDERGARTEN),
        ("Åpen barnehage", FacilityKind.OPEN),
        ("Familiebarnehage", FacilityKind.FAMILY_DAYCARE),
    ],
)
def test_category_is_the_kind(category: str, kind: FacilityKind) -> None:
    changed = msgspec.convert(unit(Barnehagekategorier=[{"Id": "1", "Navn": category}]), Unit)
    assert facility_record(changed, Facts()).kind is kind


def test_sami_kindergarten_speaks_sami() -> None:
    given = msgspec.convert(unit(Maalform={"Id": "N", "Navn": "Nynorsk"}), Unit)
    assert facility_record(given, Facts()).language == "nn"
    assert facility_record(given, Facts(pedagogisk_profil=("Samisk barnehage",))).language == "se"


def test_profile_without_a_word_of_ours_is_kept() -> None:
    facts = Facts(pedagogisk_profil=("Steinerbarnehage",))
    assert facility_record(msgspec.convert(unit(), Unit), facts).profiles == ("Steinerbarnehage",)


async def test_excluded_units_are_left_out(contexts: Contexts) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/5544"):
            return httpx.Response(200, json={"EnhetListe": [unit()]})
        return httpx.Response(200, json=unit(ErEkskludert=True))

    assert await KindergartenRegister(contexts.over(httpx.MockTransport(answer))).facilities(NORDREISA) == []
