from collections import Counter
from typing import Any

import httpx
import pytest

from opptak_simulators.society import places
from opptak_simulators.society.model import AddressKind, Country

URL = "/kartverket/adresser/v1"


async def search(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"{URL}/sok", params=params)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_hit_has_metadata_and_a_point(client: httpx.AsyncClient) -> None:
    found = await search(client, sok="Høgegga 3 9151", treffPerSide=5)

    assert found["metadata"] == {
        "totaltAntallTreff": 1,
        "treffPerSide": 5,
        "side": 0,
        "viserFra": 0,
        "viserTil": 1,
        "sokeStreng": "sok=H%C3%B8gegga+3+9151&treffPerSide=5",
        "asciiKompatibel": True,
    }
    [hit] = found["adresser"]
    assert hit["adressetekst"] == "Høgegga 3"
    assert hit["kommunenavn"] == "NORDREISA"
    assert hit["representasjonspunkt"] == {"epsg": "EPSG:4258", "lat": 69.76512, "lon": 21.05198}


async def test_every_home_is_found_by_the_registers_codes(
    client: httpx.AsyncClient, country: Country
) -> None:
    home = next(
        person.residence
        for person in country.people.values()
        if person.residence is not None and person.residence.kind is AddressKind.STREET
    )

    found = await search(
        client,
        kommunenummer=home.municipality,
        adressekode=home.code,
        nummer=home.number,
        bokstav="",
    )

    [hit] = found["adresser"]
    assert hit["adressenavn"] == home.street
    assert hit["representasjonspunkt"]["lat"] == home.lat


async def test_nothing_found_is_an_empty_list(client: httpx.AsyncClient) -> None:
    found = await search(client, sok="Storgata 1 Oslo")

    assert (found["adresser"], found["metadata"]["totaltAntallTreff"]) == ([], 0)


async def test_spelling_matters_unless_the_search_is_fuzzy(client: httpx.AsyncClient) -> None:
    strict = await search(client, sok="Høgega 3")
    fuzzy = await search(client, sok="Høgega 3", fuzzy="true")
    wildcard = await search(client, sok="Høgeg* 3")

    assert strict["adresser"] == []
    assert fuzzy["adresser"][0]["adressenavn"] == "Høgegga"
    assert wildcard["adresser"][0]["adressenavn"] == "Høgegga"


async def test_exact_words_come_before_similar_ones(client: httpx.AsyncClient) -> None:
    hits = (await search(client, sok="Flomstadveien", fuzzy="true"))["adresser"]

    assert [hit["adressenavn"] for hit in hits] == ["Flomstadveien", "Flomstadvegen"]


async def test_words_are_all_wanted_unless_any_will_do(client: httpx.AsyncClient) -> None:
    every = await search(client, sok="Høgegga Burfjord")
    some = await search(client, sok="Høgegga Burfjord", sokemodus="OR")

    assert every["metadata"]["totaltAntallTreff"] == 0
    assert some["metadata"]["totaltAntallTreff"] > 100


async def test_place_name_finds_a_piece_of_land(client: httpx.AsyncClient) -> None:
    hits = (await search(client, sok="Oksfjordhamn", kommunenummer="5544"))["adresser"]

    hit = hits[0]
    again = await search(
        client, gardsnummer=hit["gardsnummer"], bruksnummer=hit["bruksnummer"], kommunenummer="5544"
    )
    assert hit["objtype"] == "Matrikkeladresse"
    assert hit["adressetekst"].startswith("Oksfjordhamn, ")
    assert hit["representasjonspunkt"]["lat"] == 69.9091
    assert again["adresser"] == [hit]


async def test_every_kindergarten_address_can_be_placed(client: httpx.AsyncClient) -> None:
    async def placed(unit: places.Kindergarten) -> bool:
        text = (unit.address or places.village_of(unit).name).split("-")[0]
        area = {"kommunenummer": unit.municipality, "postnummer": unit.postcode}
        return bool((await search(client, sok=text, **area))["adresser"])

    lost = [unit.name for unit in places.kindergartens() if not await placed(unit)]

    assert lost == []


async def test_same_street_name_occurs_in_two_municipalities(client: httpx.AsyncClient) -> None:
    owners = Counter(
        street.name
        for municipality in places.municipalities()
        for street in places.streets(municipality.number)
    )
    name = owners.most_common(1)[0][0]

    both = await search(client, sok=f"{name} 1")
    municipalities = {hit["kommunenummer"] for hit in both["adresser"]}
    one = await search(client, sok=f"{name} 1", kommunenummer=min(municipalities))

    assert len(municipalities) > 1
    assert {hit["kommunenummer"] for hit in one["adresser"]} == {min(municipalities)}


async def test_pages_count_from_zero(client: httpx.AsyncClient) -> None:
    params = {"poststed": "SØRKJOSEN", "treffPerSide": 10}
    first, second = [await search(client, **params, side=side) for side in (0, 1)]

    assert first["metadata"]["viserFra"] == 0
    assert (second["metadata"]["viserFra"], second["metadata"]["viserTil"]) == (10, 20)
    assert not {h["adressetekst"] for h in first["adresser"]} & {
        h["adressetekst"] for h in second["adresser"]
    }


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sok=x&treffPerSide=0",
        "sok=x&treffPerSide=1001",
        "sok=x&side=-1",
        "sok=x&side=1000",
        "sok=x&sokemodus=KANSKJE",
        "sok=x&utkoordsys=1",
        "sok=x&nummer=tre",
    ],
)
async def test_bad_question_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{URL}/sok?{query}")).status_code == 400


async def test_coordinate_system_is_named_in_the_answer(client: httpx.AsyncClient) -> None:
    [hit] = (await search(client, sok="Høgegga 3", utkoordsys=4326))["adresser"]

    assert hit["representasjonspunkt"]["epsg"] == "EPSG:4326"


async def test_point_finds_its_neighbours_nearest_first(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{URL}/punktsok?lat=69.76512&lon=21.05198&radius=600&treffPerSide=100")

    hits = answer.json()["adresser"]
    away = [hit["meterDistanseTilPunkt"] for hit in hits]
    assert (hits[0]["adressetekst"], away[0]) == ("Høgegga 3", 0.0)
    assert away == sorted(away)
    assert away[-1] <= 600
    assert (await client.get(f"{URL}/punktsok?lat=1&lon=1")).status_code == 400


async def test_tile_is_a_picture(client: httpx.AsyncClient) -> None:
    answer = await client.get("/kartverket/v1/wmts/1.0.0/topo/default/webmercator/9/10/11.png")

    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
