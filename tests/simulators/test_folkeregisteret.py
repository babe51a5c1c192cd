import asyncio
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from opptak_simulators.society.model import Country, Person, Persona
from tests.simulators.conftest import Headers, StillClock

BASE = "/folkeregisteret/offentlig-med-hjemmel/api/v1"
ORDER: dict[str, Any] = {
    "personstatustyper": ["bosatt"],
    "kommunenummer": {"bostedskommunenummer": "5544"},
    "foedselsaarFraOgMed": "2022",
    "foedselsaarTilOgMed": "2026",
}

Document = dict[str, Any]


def child(country: Country, persona: Persona) -> Person:
    return country.people[country.personas[persona][0]]


async def look_up(client: httpx.AsyncClient, freg: Headers, number: str, *parts: str) -> Document:
    answer = await client.get(f"{BASE}/personer/{number}", params={"part": list(parts)}, headers=freg)
    assert answer.status_code == 200
    document: Document = answer.json()
    return document


async def extract(client: httpx.AsyncClient, freg: Headers, order: Document) -> list[str]:
    job = (await client.post(f"{BASE}/uttrekk/tilpasset", json=order, headers=freg)).json()["jobbId"]
    await client.get(f"{BASE}/uttrekk/{job}/batch/0", headers=freg)
    numbers: list[str] = []
    for batch in range(100):
        answer = await client.get(f"{BASE}/uttrekk/{job}/batch/{batch}", headers=freg)
        if answer.json() == {}:
            break
        numbers += answer.json()["foedselsEllerDNummer"]
    return numbers


async def test_person_comes_with_the_basis_by_default(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    person = child(country, Persona.TWO_PARENTS)
    home = person.residence
    assert home is not None

    document = await look_up(client, freg, person.pid)

    assert document.keys() == {
        "identifikasjonsnummer",
        "identitetsgrunnlag",
        "status",
        "sivilstand",
        "foedsel",
        "statsborgerskap",
        "kjoenn",
        "navn",
        "bostedsadresse",
    }
    [address] = document["bostedsadresse"]
    assert address["vegadresse"] == {
        "kommunenummer": "5544",
        "bruksenhetsnummer": "H0101",
        "bruksenhetstype": "bolig",
        "adressenavn": home.street,
        "adressenummer": {"husnummer": str(home.number)},
        "adressekode": str(home.code),
        "poststed": {"poststedsnavn": home.town, "postnummer": home.postcode},
    }
    assert (address["adressegradering"], address["erGjeldende"]) == ("ugradert", True)
    assert document["foedsel"][0]["foedselsaar"] == str(person.born.year)


async def test_person_comes_with_nothing_but_the_parts_asked_for(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    pid = child(country, Persona.TWO_PARENTS).pid

    document = await look_up(client, freg, pid, "navn", "relasjon-utvidet")

    assert document.keys() == {"navn", "familierelasjon", "foreldreansvar"}


async def test_unknown_part_person_and_format_are_refused(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    url = f"{BASE}/personer/{child(country, Persona.TWINS).pid}"

    answers = [
        await client.get(url, params={"part": "alt"}, headers=freg),
        await client.get(url, headers={**freg, "Accept": "application/xml"}),
        await client.get(f"{BASE}/personer/31882490052", headers=freg),
    ]

    assert [answer.status_code for answer in answers] == [406, 406, 404]
    assert answers[2].json() == {"kode": "FREG-404", "melding": "Fant ikke person"}


async def test_replaced_number_leads_to_the_present_one(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    person = child(country, Persona.NUMBER_CHANGED)

    document = await look_up(client, freg, person.former_numbers[0], "identifikasjonsnummer")

    found = [(entry["foedselsEllerDNummer"], entry["status"]) for entry in document["identifikasjonsnummer"]]
    assert found == [(person.pid, "iBruk"), (person.former_numbers[0], "opphoert")]


async def test_child_is_hidden_until_it_is_born(
    client: httpx.AsyncClient, country: Country, clock: StillClock, token_for: Any
) -> None:
    youngest = max(country.people.values(), key=lambda person: person.born)
    mother = youngest.custody[0].holder
    scope = "folkeregister:deling/offentligmedhjemmel"
    seen = []

    for day in (date.fromordinal(youngest.born.toordinal() - 1), youngest.born):
        clock.now = datetime.combine(day, clock.now.timetz())
        freg = await token_for(scope)
        answer = await client.get(f"{BASE}/personer/{youngest.pid}", headers=freg)
        parent = await look_up(client, freg, mother or "", "foreldreansvar")
        known = [entry.get("ansvarssubjekt") for entry in parent.get("foreldreansvar", [])]
        seen.append((answer.status_code, youngest.pid in known))

    assert seen == [(404, False), (200, True)]


async def test_bulk_answers_each_number_on_its_own(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    pid = child(country, Persona.TWO_PARENTS).pid
    body = {"foedselsEllerDNummer": [pid, "31882490052"]}

    answer = await client.post(
        f"{BASE}/personer/bulkoppslag", params={"part": "kjoenn"}, json=body, headers=freg
    )

    first, second = answer.json()["oppslag"]
    assert first["folkeregisterperson"].keys() == {"kjoenn"}
    assert second == {
        "foedselsEllerDNummer": "31882490052",
        "feilmelding": {"feilmelding": "Fant ikke person"},
    }


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1000, 200), (1001, 400)])
async def test_bulk_takes_one_to_a_thousand(
    client: httpx.AsyncClient, freg: Headers, count: int, status: int
) -> None:
    body = {"foedselsEllerDNummer": ["31882490052"] * count}

    answer = await client.post(f"{BASE}/personer/bulkoppslag", json=body, headers=freg)

    assert answer.status_code == status


async def test_extract_finds_the_cohort_in_batches(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    numbers = await extract(client, freg, ORDER)

    found = {country.people[number].born.year for number in numbers}
    assert (len(numbers), len(set(numbers))) == (199, 199)
    assert found == {2022, 2023, 2024, 2025, 2026}
    hidden = {Persona.STRICTLY_CONFIDENTIAL, Persona.MOVES_IN}
    assert [p for p in Persona if country.personas[p][0] in numbers] == [
        p for p in Persona if p not in hidden
    ]


async def test_extract_follows_those_who_move(
    client: httpx.AsyncClient, country: Country, clock: StillClock, token_for: Any
) -> None:
    clock.move(days=64)

    numbers = await extract(client, await token_for("folkeregister:deling/offentligmedhjemmel"), ORDER)

    assert child(country, Persona.MOVES_IN).pid in numbers
    assert child(country, Persona.MOVES_OUT).pid not in numbers


async def test_extract_is_late_then_ready_then_empty_then_gone(
    client: httpx.AsyncClient, freg: Headers
) -> None:
    order = {**ORDER, "foedselsaarFraOgMed": "2026"}
    job = (await client.post(f"{BASE}/uttrekk/tilpasset", json=order, headers=freg)).json()["jobbId"]

    answers = [
        await client.get(f"{BASE}/uttrekk/{job}/batch/{batch}", headers=freg) for batch in (0, 0, 1, 2)
    ]
    unknown = await client.get(f"{BASE}/uttrekk/no-such-job/batch/0", headers=freg)

    assert [answer.status_code for answer in answers] == [404, 200, 200, 410]
    assert answers[0].json() == {"feilmelding": "Batch med id=0 er enda ikke klar"}
    assert answers[2].json() == {}
    assert unknown.status_code == 410


async def test_extract_allows_ten_unfinished_jobs(
    fresh: httpx.AsyncClient, freg: Headers, clock: StillClock, token_for: Any
) -> None:
    url = f"{BASE}/uttrekk/tilpasset"

    answers = [await fresh.post(url, json=ORDER, headers=freg) for _ in range(11)]
    clock.move(hours=1)
    later = await token_for("folkeregister:deling/offentligmedhjemmel")
    after = await fresh.post(url, json=ORDER, headers=later)

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[10].headers["retry-after"] == "1500"
    assert after.status_code == 200


@pytest.mark.parametrize(
    "fault",
    [{"personstatustyper": []}, {"foedselsaarFraOgMed": "to tusen"}, {"foedselsaarFraOgMed": 2022}],
)
async def test_extract_with_a_bad_filter_is_refused(
    client: httpx.AsyncClient, freg: Headers, fault: Document
) -> None:
    answer = await client.post(f"{BASE}/uttrekk/tilpasset", json={**ORDER, **fault}, headers=freg)

    assert answer.status_code == 400


async def read_feed(client: httpx.AsyncClient, freg: Headers, first: int) -> list[Document]:
    answer = await client.get(f"{BASE}/hendelser/feed", params={"seq": first}, headers=freg)
    assert answer.status_code == 200
    events: list[Document] = answer.json()
    return events


async def test_feed_is_inclusive_paged_and_full_of_gaps(client: httpx.AsyncClient, freg: Headers) -> None:
    newest = (await client.get(f"{BASE}/hendelser/siste/sekvensnummer", headers=freg)).json()
    [last] = await read_feed(client, freg, newest)
    page = await read_feed(client, freg, newest - 6000)
    numbers = [event["sekvensnummer"] for event in page]

    assert last["sekvensnummer"] == newest
    assert await read_feed(client, freg, newest + 1) == []
    assert len(numbers) == 1000
    assert numbers == sorted(numbers)
    assert numbers[-1] - numbers[0] > 1000
    assert (await read_feed(client, freg, numbers[0]))[0] == page[0]


async def test_feed_tells_when_nothing_is_new(client: httpx.AsyncClient, freg: Headers) -> None:
    newest = (await client.get(f"{BASE}/hendelser/siste/sekvensnummer", headers=freg)).json()
    url = f"{BASE}/hendelser/feed?seq={newest}"
    tag = (await client.get(url, headers=freg)).headers["etag"]

    answer = await client.get(url, headers={**freg, "If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


async def test_feed_refuses_numbers_older_than_three_years(client: httpx.AsyncClient, freg: Headers) -> None:
    answers = await asyncio.gather(
        client.get(f"{BASE}/hendelser/feed?seq=1", headers=freg),
        client.get(f"{BASE}/hendelser/feed", headers=freg),
    )

    assert [answer.status_code for answer in answers] == [406, 400]


async def test_feed_brings_strangers_and_types_nobody_knows(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    newest = (await client.get(f"{BASE}/hendelser/siste/sekvensnummer", headers=freg)).json()
    page = [event["hendelse"] for event in await read_feed(client, freg, newest - 6000)]

    kinds = {event["hendelsetype"] for event in page}
    assert kinds >= {"personErOpprettet", "endringIForeldreansvar", "personErFlyttetTilNyttSystem"}
    assert {event["folkeregisteridentifikator"] in country.people for event in page} == {True, False}


async def test_feed_tells_of_a_move_once_it_has_happened(
    client: httpx.AsyncClient, freg: Headers, country: Country, clock: StillClock, token_for: Any
) -> None:
    newest = (await client.get(f"{BASE}/hendelser/siste/sekvensnummer", headers=freg)).json()
    clock.move(days=64)
    later = await token_for("folkeregister:deling/offentligmedhjemmel")

    movers = {
        event["hendelse"]["folkeregisteridentifikator"]
        for event in await read_feed(client, later, newest + 1)
    }

    assert child(country, Persona.MOVES_IN).pid in movers


async def test_document_of_the_protected(client: httpx.AsyncClient, freg: Headers, country: Country) -> None:
    hidden = await look_up(client, freg, child(country, Persona.STRICTLY_CONFIDENTIAL).pid)
    masked = await look_up(client, freg, child(country, Persona.CONFIDENTIAL).pid)
    client_home = await look_up(client, freg, child(country, Persona.INSTITUTION_CHILD).pid)

    assert "bostedsadresse" not in hidden
    assert hidden["adressebeskyttelse"][0]["graderingsnivaa"] == "strengtFortrolig"
    assert "postadresseIFrittFormat" in hidden["postadresse"][0]
    assert masked["bostedsadresse"][0]["adressegradering"] == "fortrolig"
    assert masked["adressebeskyttelse"][0]["graderingsnivaa"] == "fortrolig"
    assert client_home["bostedsadresse"][0]["adressegradering"] == "klientadresse"


async def test_document_of_unusual_homes(client: httpx.AsyncClient, freg: Headers, country: Country) -> None:
    unknown = await look_up(client, freg, child(country, Persona.UNKNOWN_RESIDENCE).pid)
    land = await look_up(client, freg, child(country, Persona.CADASTRAL_ADDRESS).pid)
    shared = await look_up(client, freg, child(country, Persona.SHARED_RESIDENCE).pid)

    assert unknown["bostedsadresse"][0]["ukjentBosted"] == {"bostedskommune": "5544"}
    assert land["bostedsadresse"][0]["matrikkeladresse"]["matrikkelnummer"]["festenummer"] == 0
    assert {"vegadresse", "startdatoForKontrakt"} <= shared["deltBosted"][0].keys()


async def test_document_of_custody(client: httpx.AsyncClient, freg: Headers, country: Country) -> None:
    async def custody(persona: Persona) -> list[Document]:
        document = await look_up(client, freg, child(country, persona).pid, "foreldreansvar")
        found: list[Document] = document["foreldreansvar"]
        return found

    abroad = (await custody(Persona.PARENT_WITHOUT_NUMBER))[1]
    [institution] = await custody(Persona.INSTITUTION_CHILD)
    [single] = await custody(Persona.SINGLE_MOTHER)

    assert abroad["ansvarligUtenIdentifikator"]["statsborgerskap"] == "FIN"
    assert "ansvarlig" not in abroad
    assert (institution["ansvar"], institution["ansvarligOrganisasjon"]) == ("andre", "310000018")
    assert single["ansvar"] == "mor"


async def test_document_of_a_parent_names_the_children(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    twins = country.personas[Persona.TWINS]
    mother = country.people[twins[0]].custody[0].holder or ""

    document = await look_up(client, freg, mother, "relasjon-utvidet", "sivilstand")

    held = {entry["ansvarssubjekt"] for entry in document["foreldreansvar"]}
    related = {(entry["relatertPerson"], entry["minRolleForPerson"]) for entry in document["familierelasjon"]}
    spouse = document["sivilstand"][0]["relatertVedSivilstand"]
    assert held == set(twins)
    assert related == {
        (twins[0], "mor"),
        (twins[1], "mor"),
        (spouse, "ektefelleEllerPartner"),
    }


async def test_document_of_the_dead_of_guests_and_of_sami_speakers(
    client: httpx.AsyncClient, freg: Headers, country: Country
) -> None:
    father = child(country, Persona.DEAD_PARENT).parents[1].pid or ""
    guest = child(country, Persona.D_NUMBER_PARENT).custody[1].holder or ""
    sami = child(country, Persona.NORTH_SAMI).pid

    dead = await look_up(client, freg, father)
    visiting = await look_up(client, freg, guest)
    speaker = await look_up(client, freg, sami, "brukAvSamiskSpraak")

    assert (dead["status"][0]["status"], "doedsdato" in dead["doedsfall"]) == ("doed", True)
    assert visiting["identifikasjonsnummer"][0]["identifikatortype"] == "dNummer"
    assert "bostedsadresse" not in visiting
    assert speaker["brukAvSamiskSpraak"][0]["spraak"] == ["nordsamisk"]
