import json
from typing import Any

import httpx
import pytest

from opptak_simulators.faults import HungUp
from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.no.krr import can_be_notified
from opptak_simulators.society.model import Country
from tests.simulators.conftest import START, Headers, StillClock, TokenFor

PDF = b"%PDF-1.7 letter"
ADDRESS = {"adresselinje1": "Reinlavveien 3", "postnummer": "9151", "poststed": "STORSLETT"}
DAY = 24 * 3600

Order = dict[str, Any]


def order(**changes: Any) -> Order:
    return {
        "tittel": "Plass i barnehage",
        "mottaker": {"navn": "Ada Rimfrostmo", **ADDRESS},
        "eksternReferanse": "letter-1",
        "dokumenter": [{"filnavn": "brev.pdf", "mimeType": "application/pdf"}],
    } | changes


async def send(
    client: httpx.AsyncClient,
    headers: Headers,
    access: MunicipalAccess,
    body: Order,
    *,
    names: tuple[str, ...] = ("brev.pdf",),
) -> httpx.Response:
    files: list[tuple[str, tuple[str | None, bytes, str]]] = [
        ("forsendelse", (None, json.dumps(body).encode(), "application/json"))
    ]
    files += [(f"filer_{i}", (name, PDF, "application/pdf")) for i, name in enumerate(names)]
    url = f"/svarut/api/v2/kontoer/{access.account_id}/forsendelser"
    return await client.post(url, files=files, headers=headers)


async def status(client: httpx.AsyncClient, headers: Headers, access: MunicipalAccess, letter: str) -> str:
    url = f"/svarut/api/v2/kontoer/{access.account_id}/forsendelser/status-sok"
    answer = await client.post(url, json={"forsendelseIds": [letter]}, headers=headers)
    [found] = answer.json()["statuser"]
    return str(found["status"])


def reader(country: Country, *, reads: bool) -> str:
    from opptak_simulators.no.svarut.post_office import _reads

    return next(
        pid
        for pid, entry in country.contacts.items()
        if can_be_notified(entry, at=START) and _reads(pid) is reads
    )


def reserved(country: Country) -> str:
    return next(pid for pid, entry in country.contacts.items() if entry.reserved)


async def test_letter_is_stored_byte_for_byte(
    fresh: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess
) -> None:
    answer = await send(fresh, fiks, access, order())
    letter = answer.json()["id"]

    overview = (await fresh.get("/control/svarut/letters?municipality=5544")).json()
    document = await fresh.get(f"/control/svarut/letters/{letter}/documents/0")

    assert answer.status_code == 200
    assert (overview["count"], overview["by_status"]) == (1, {"MOTTATT": 1})
    assert overview["letters"][0]["reference"] == "letter-1"
    assert overview["letters"][0]["recipient"]["poststed"] == "STORSLETT"
    assert (document.content, document.headers["content-type"]) == (PDF, "application/pdf")


@pytest.mark.parametrize(
    ("who", "steps"),
    [
        ("reads", ["AKSEPTERT", "VARSLET", "LEST", "LEST", "LEST"]),
        ("unread", ["AKSEPTERT", "VARSLET", "VARSLET", "SENDT_PRINT", "PRINTET"]),
        ("reserved", ["AKSEPTERT", "SENDT_PRINT", "SENDT_PRINT", "PRINTET", "PRINTET"]),
        ("nobody", ["AKSEPTERT", "SENDT_PRINT", "SENDT_PRINT", "PRINTET", "PRINTET"]),
    ],
)
async def test_letter_takes_the_route_of_its_recipient(
    client: httpx.AsyncClient,
    fiks: Headers,
    access: MunicipalAccess,
    country: Country,
    who: str,
    steps: list[str],
) -> None:
    numbers = {
        "reads": reader(country, reads=True),
        "unread": reader(country, reads=False),
        "reserved": reserved(country),
        "nobody": None,
    }
    recipient = {"navn": "Ada Rimfrostmo", "digitalId": numbers[who], **ADDRESS}
    letter = (await send(client, fiks, access, order(mottaker=recipient))).json()["id"]
    seen = []

    for seconds in (1, 1, 4 * 3600, 2 * DAY, DAY):
        await client.post("/control/time", json={"seconds": seconds})
        seen.append(await status(client, fiks, access, letter))

    assert seen == steps


async def test_digital_only_letter_fails_where_nobody_can_be_reached(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess, country: Country
) -> None:
    recipient = {"navn": "Ada Rimfrostmo", "digitalId": reserved(country)}
    body = order(mottaker=recipient, kunDigitalLevering=True)
    letter = (await send(client, fiks, access, body)).json()["id"]

    await client.post("/control/time", json={"seconds": 2})

    assert await status(client, fiks, access, letter) == "IKKE_LEVERT"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"mottaker": {"navn": "Ada", "adresselinje1": "Reinlavveien 3"}}, ("brev.pdf",)),
        ({"dokumenter": [{"filnavn": "a.txt", "mimeType": "text/plain"}]}, ("a.txt",)),
        ({"dokumenter": [{"filnavn": "a:b.pdf", "mimeType": "application/pdf"}]}, ("a:b.pdf",)),
        ({"dokumenter": []}, ()),
    ],
)
async def test_letter_that_cannot_be_delivered_is_rejected_later(
    client: httpx.AsyncClient,
    fiks: Headers,
    access: MunicipalAccess,
    changes: Order,
    names: tuple[str, ...],
) -> None:
    answer = await send(client, fiks, access, order(**changes), names=names)
    await client.post("/control/time", json={"seconds": 1})

    assert answer.status_code == 200
    assert await status(client, fiks, access, answer.json()["id"]) == "AVVIST"


@pytest.mark.parametrize(
    "changes",
    [
        {"tittel": ""},
        {"tittel": "x" * 1001},
        {"mottaker": {**ADDRESS}},
        {"mottaker": {"navn": "Ada", "digitalId": "123"}},
        {"eksternReferanse": "x" * 101},
        {"konteringskode": "a b"},
        {"lenker": [{"url": "http://x", "tekst": "x"}] * 6},
        {"krevNiva4Innlogging": True},
        {"kunDigitalLevering": True},
        {"dokumenter": [{"filnavn": "annet.pdf", "mimeType": "application/pdf"}]},
        {"dokumenter": [{"filnavn": "brev.pdf", "mimeType": "application/pdf"}] * 2},
    ],
)
async def test_order_with_a_fault_is_refused_at_once(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess, changes: Order
) -> None:
    answer = await send(client, fiks, access, order(**changes))

    body = answer.json()
    assert (answer.status_code, body["status"]) == (400, 400)
    assert body.keys() == {
        "timestamp",
        "status",
        "error",
        "errorId",
        "path",
        "originalPath",
        "message",
        "errorCode",
        "errorJson",
    }


async def test_request_without_the_order_is_refused(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess
) -> None:
    url = f"/svarut/api/v2/kontoer/{access.account_id}/forsendelser"

    answer = await client.post(url, files={"filer_0": ("brev.pdf", PDF)}, headers=fiks)

    assert answer.status_code == 400


async def test_letters_are_found_by_their_reference(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess
) -> None:
    letter = (await send(client, fiks, access, order(eksternReferanse="own"))).json()["id"]
    url = f"/svarut/api/v2/kontoer/{access.account_id}/forsendelser"

    found = await client.get(url, params={"eksternRef": "own"}, headers=fiks)
    none = await client.get(url, params={"eksternRef": "other"}, headers=fiks)

    assert (found.json(), none.json()) == ({"forsendelseIds": [letter]}, {"forsendelseIds": []})


async def test_letter_read_elsewhere_is_not_printed(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess, country: Country
) -> None:
    pid = reader(country, reads=False)
    recipient = {"navn": "Ada Rimfrostmo", "digitalId": pid, **ADDRESS}
    letter = (await send(client, fiks, access, order(mottaker=recipient))).json()["id"]
    await client.post("/control/time", json={"seconds": 60})
    url = f"/svarut/api/v2/forsendelser/{letter}"

    wrong = await client.post(f"{url}/lest", json={"fnr": "31882490052"}, headers=fiks)
    right = await client.post(f"{url}/lest", json={"fnr": pid}, headers=fiks)
    await client.post("/control/time", json={"seconds": 4 * DAY})
    events = (await client.get(f"{url}/hendelser", headers=fiks)).json()["hendelser"]

    assert [wrong.status_code, right.status_code] == [400, 204]
    assert [event["hendelse"] for event in events] == ["MOTTATT", "AKSEPTERT", "VARSLET", "LEST"]


async def test_access_needs_token_integration_and_account(
    client: httpx.AsyncClient,
    fiks: Headers,
    freg: Headers,
    access: MunicipalAccess,
    ground: TrainingGround,
) -> None:
    other = ground.municipalities[1]
    token = {"Authorization": fiks["Authorization"]}
    foreign = {
        **token,
        "IntegrasjonId": other.integration_id,
        "IntegrasjonPassord": other.integration_password,
    }

    answers = [
        await send(client, headers, access, order())
        for headers in ({}, token, {**fiks, "IntegrasjonPassord": "x"}, {**fiks, **freg}, foreign, fiks)
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 403, 403, 200]


async def test_other_municipalities_see_nothing_of_a_letter(
    client: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess, ground: TrainingGround
) -> None:
    letter = (await send(client, fiks, access, order())).json()["id"]
    other = ground.municipalities[1]
    foreign = {
        **fiks,
        "IntegrasjonId": other.integration_id,
        "IntegrasjonPassord": other.integration_password,
    }
    url = f"/svarut/api/v2/kontoer/{other.account_id}/forsendelser"

    found = await client.post(f"{url}/status-sok", json={"forsendelseIds": [letter]}, headers=foreign)
    events = await client.get(f"/svarut/api/v2/forsendelser/{letter}/hendelser", headers=foreign)
    unknown = await client.get("/svarut/api/v2/forsendelser/none/hendelser", headers=foreign)

    assert found.json() == {"statuser": []}
    assert [events.status_code, unknown.status_code] == [403, 404]


async def test_letters_also_age_by_the_clock(
    client: httpx.AsyncClient,
    fiks: Headers,
    access: MunicipalAccess,
    clock: StillClock,
    token_for: TokenFor,
) -> None:
    letter = (await send(client, fiks, access, order())).json()["id"]
    clock.move(days=2)
    later = {**fiks, **await token_for("ks:fiks")}

    assert await status(client, later, access, letter) == "PRINTET"


async def test_letter_whose_receipt_is_lost_has_arrived_all_the_same(
    fresh: httpx.AsyncClient, fiks: Headers, access: MunicipalAccess
) -> None:
    await fresh.post("/control/faults", json={"authority": "svarut", "kind": "lost", "count": 1})

    with pytest.raises(HungUp):
        await send(fresh, fiks, access, order())

    url = f"/svarut/api/v2/kontoer/{access.account_id}/forsendelser"
    found = (await fresh.get(url, params={"eksternRef": "letter-1"}, headers=fiks)).json()
    assert len(found["forsendelseIds"]) == 1
