from typing import Any

import httpx
import pytest


async def test_municipality_lists_units_owners_and_closed_ones(client: httpx.AsyncClient) -> None:
    units = (await client.get("/nbr/v4/enheter/kommune/5544")).json()["EnhetListe"]

    kinds = {
        unit["Organisasjonsnummer"]: (unit["ErBarnehage"], unit["ErAktiv"], unit["ErBarnehageEier"])
        for unit in units
    }
    assert sum(kind == (True, True, False) for kind in kinds.values()) == 7
    assert kinds["975313824"] == (True, False, False)
    assert kinds["943350833"] == (False, True, True)


async def test_unit_has_the_shape_of_version_four(client: httpx.AsyncClient) -> None:
    unit = (await client.get("/nbr/v4/enhet/975322505")).json()

    assert (unit["Navn"], unit["AntallBarn"]) == ("Høgegga barnehage", 65)
    assert unit["Kommune"]["Navn"] == "Nordreisa - Ráisa - Raisi"
    assert unit["Beliggenhetsadresse"] == {
        "Adresse": "Høgegga 3",
        "Postnummer": "9151",
        "Poststed": "STORSLETT",
        "Land": "Norge",
    }
    assert unit["Koordinat"]["Breddegrad"] == 69.76512
    assert unit["ForeldreRelasjoner"][0]["Enhet"]["Organisasjonsnummer"] == "943350833"
    assert {category["Navn"] for category in unit["Barnehagekategorier"]} == {
        "Ordinær barnehage",
        "Kommunal barnehage",
        "Offentlig barnehage",
    }


async def test_unplaced_unit_lies_at_zero(client: httpx.AsyncClient) -> None:
    unit = (await client.get("/nbr/v4/enhet/994459082")).json()

    assert unit["Koordinat"] == {
        "Lengdegrad": 0.0,
        "Breddegrad": 0.0,
        "Zoom": 0,
        "GeoKilde": "Undefined",
    }


async def test_pages_count_from_one(client: httpx.AsyncClient) -> None:
    async def page(number: int) -> dict[str, Any]:
        answer = await client.get(f"/nbr/v4/enheter?sidenummer={number}&antallperside=50")
        found: dict[str, Any] = answer.json()
        return found

    first, last, beyond = await page(1), await page(3), await page(4)

    assert (first["AntallSider"], len(first["EnhetListe"])) == (3, 50)
    assert 0 < len(last["EnhetListe"]) <= 50
    assert beyond["EnhetListe"] == []
    assert (await client.get("/nbr/v4/enheter?sidenummer=0")).status_code == 400


@pytest.mark.parametrize("path", ["/nbr/v4/enhet/999999999", "/nbr/v3/enhet/999999999"])
async def test_unknown_unit_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_version_three_uses_the_older_names(client: httpx.AsyncClient) -> None:
    rows = (await client.get("/nbr/v3/enheter/kommune/5540")).json()
    unit = (await client.get("/nbr/v3/enhet/974569299")).json()
    page = (await client.get("/nbr/v3/enheter?sidenummer=1&antallPerSide=5")).json()

    assert {row["Kommunenr"] for row in rows} == {"5540"}
    assert unit["Orgnr"] == "974569299"
    assert unit["Beliggenhetsadresse"]["Postnr"] == "9147"
    assert (page.keys(), len(page["Enheter"])) == ({"Enheter", "AntallSider"}, 5)


async def test_facts_give_area_hours_food_and_profile(client: httpx.AsyncClient) -> None:
    url = "/barnehagefakta/api/barnehage/orgnr"
    facts = (await client.get(f"{url}/994459082")).json()
    again = (await client.get(f"{url}/994459082")).json()

    assert facts["totalAntallKvadratmeter"] == 249.0
    assert (facts["apningstidFra"], facts["apningstidTil"]) == ("06:45", "16:30")
    assert facts["kostpenger"] == 390.0
    assert facts["pedagogiskProfil"] == ["Barnehage med samisk avdeling"]
    assert facts["indikatorDataBarnehage"]["lekeOgOppholdsarealPerBarn"] == 5.9
    assert facts["koordinatLatLng"] == [0.0, 0.0]
    assert facts["kontaktinformasjon"]["telefon"] == ""
    assert facts["id"] != again["id"]


@pytest.mark.parametrize("orgnr", ["975313824", "999999999"])
async def test_facts_of_closed_and_unknown_units_are_gone(client: httpx.AsyncClient, orgnr: str) -> None:
    answer = await client.get(f"/barnehagefakta/api/barnehage/orgnr/{orgnr}")

    assert answer.status_code == 404


async def test_facts_of_an_open_kindergarten_are_mostly_null(client: httpx.AsyncClient) -> None:
    facts = (await client.get("/barnehagefakta/api/barnehage/orgnr/986661999")).json()

    assert (facts["type"], facts["alder"]) == ("Åpen barnehage", "")
    assert facts["indikatorDataBarnehage"]["antallBarn"] is None
