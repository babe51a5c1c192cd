"""Kartverket: exact and guessed points, property numbers, background maps."""

import pytest

from opptak.hooks.context import PluginContext
from opptak_registry_no.addresses import Kartverket
from tests.plugins.conftest import Watched


@pytest.fixture
def service(registry: PluginContext) -> Kartverket:
    return Kartverket(registry)


async def test_geocode_of_a_street_address_is_exact(service: Kartverket) -> None:
    hit = await service.geocode(["Rotsundveien 82"], postcode="9153", municipality="5544")
    assert hit is not None
    assert hit.exact
    assert (hit.latitude, hit.longitude, hit.postcode) == (69.81806, 20.77642, "9153")


async def test_geocode_looks_past_other_lines(service: Kartverket) -> None:
    hit = await service.geocode(["Rotsundveien 82", "c/o Nabo"], postcode="9153", municipality="5544")
    assert hit is not None
    assert hit.exact


async def test_geocode_without_number_is_a_guess(service: Kartverket) -> None:
    hit = await service.geocode(["Oksfjordhamn"], postcode="9151", municipality="5544")
    assert hit is not None
    assert not hit.exact


async def test_geocode_of_a_property_number(service: Kartverket, authorities: Watched) -> None:
    hit = await service.geocode(["Arnestad", "300/3"], postcode="9151", municipality="5544")
    assert hit is not None
    assert hit.exact
    assert dict(authorities.requests[0].url.params) == {
        "gardsnummer": "300",
        "bruksnummer": "3",
        "treffPerSide": "1",
        "kommunenummer": "5544",
    }


async def test_misspelt_search_finds_something(service: Kartverket) -> None:
    hits = await service.search("Høgega 3", municipality="5544")
    assert hits[0].text == "Høgegga 3"


async def test_search_keeps_to_the_municipality(service: Kartverket) -> None:
    assert await service.search("Rotsundveien 82", municipality="5501") == []


def test_map_layers_put_y_before_x(service: Kartverket) -> None:
    topo, grey = service.map_layers()
    assert (
        topo.url
        == "http://authorities.test/kartverket/v1/wmts/1.0.0/topo/default/webmercator/{z}/{y}/{x}.png"
    )
    assert grey.name == "topograatone"
    assert topo.attribution == "© Kartverket"
