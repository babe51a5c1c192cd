from typing import Any

import httpx
import pytest

from opptak_simulators.no.maskinporten import CONTACT_SCOPE, MAILBOX_SCOPE
from opptak_simulators.society.model import Contact, ContactStatus, Country
from tests.simulators.conftest import Headers, StillClock, TokenFor

URL = "/krr/rest/v2/personer"


async def ask(
    client: httpx.AsyncClient, headers: Headers, *numbers: str, **options: bool
) -> list[dict[str, Any]]:
    body = {"personidentifikatorer": list(numbers), **options}
    answer = await client.post(URL, json=body, headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["personer"]
    return found


def somebody(country: Country, wanted: Any) -> tuple[str, Contact]:
    return next((pid, entry) for pid, entry in country.contacts.items() if wanted(entry))


async def test_active_person_comes_with_channels_and_language(
    client: httpx.AsyncClient, krr: Headers, country: Country
) -> None:
    pid, entry = somebody(country, lambda e: e.email and e.mobile and e.language == "se")
    assert entry.email is not None

    [found] = await ask(client, krr, pid)

    assert (found["status"], found["reservasjon"]) == ("AKTIV", "NEI")
    assert (found["varslingsstatus"], found["spraak"]) == ("KAN_VARSLES", "se")
    contact = found["kontaktinformasjon"]
    assert contact["epostadresse"] == entry.email.value
    assert contact["epostadresse_sist_verifisert"] == entry.email.verified.isoformat()
    assert "digital_post" not in found


async def test_fields_follow_the_scope(
    client: httpx.AsyncClient, token_for: TokenFor, country: Country
) -> None:
    pid, _ = somebody(country, lambda e: e.mailbox)

    [post] = await ask(client, await token_for(MAILBOX_SCOPE), pid)
    [both] = await ask(client, await token_for(f"{CONTACT_SCOPE} {MAILBOX_SCOPE}"), pid)

    assert post.keys() == {"personidentifikator", "reservasjon", "status", "digital_post"}
    assert {"digital_post", "kontaktinformasjon", "varslingsstatus"} <= both.keys()


async def test_unknown_person_appears_only_when_asked_for(client: httpx.AsyncClient, krr: Headers) -> None:
    [absent] = await ask(client, krr, "31882490052", inkluderIkkeRegistrerte=True)

    assert await ask(client, krr, "31882490052") == []
    assert (absent["status"], absent["varslingsstatus"]) == ("IKKE_REGISTRERT", "KAN_IKKE_VARSLES")


async def test_reserved_person_says_so_with_the_time(
    client: httpx.AsyncClient, krr: Headers, country: Country
) -> None:
    pid, entry = somebody(country, lambda e: e.reserved)
    assert entry.reserved is not None

    [found] = await ask(client, krr, pid)

    assert (found["reservasjon"], found["varslingsstatus"]) == ("JA", "KAN_IKKE_VARSLES")
    assert found["reservasjonstidspunkt"] == entry.reserved.isoformat()


async def test_deleted_person_has_no_channels(
    client: httpx.AsyncClient, krr: Headers, country: Country
) -> None:
    pid, _ = somebody(country, lambda e: e.status is ContactStatus.DELETED)

    [found] = await ask(client, krr, pid)

    assert found == {"personidentifikator": pid, "reservasjon": "NEI", "status": "SLETTET"}


async def test_channel_goes_stale_after_eighteen_months(
    client: httpx.AsyncClient, country: Country, clock: StillClock, token_for: TokenFor
) -> None:
    pid, _ = somebody(country, lambda e: e.email and e.mobile and e.language == "nb")
    clock.move(days=600)

    [found] = await ask(client, await token_for(CONTACT_SCOPE), pid)

    assert found["varslingsstatus"] == "KAN_IKKE_VARSLES"
    assert "epostadresse" in found["kontaktinformasjon"]


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1000, 200), (1001, 400)])
async def test_question_holds_one_to_a_thousand(
    client: httpx.AsyncClient, krr: Headers, count: int, status: int
) -> None:
    body = {"personidentifikatorer": ["31882490052"] * count}

    assert (await client.post(URL, json=body, headers=krr)).status_code == status


async def test_refusals_have_the_registers_shape(client: httpx.AsyncClient, freg: Headers) -> None:
    body = {"personidentifikatorer": ["31882490052"]}

    anonymous = await client.post(URL, json=body)
    wrong = await client.post(URL, json=body, headers=freg)

    assert [anonymous.status_code, wrong.status_code] == [401, 403]
    [error] = anonymous.json()["errors"]
    assert (error.keys(), error["status"]) == ({"id", "status", "title", "detail"}, "401")
