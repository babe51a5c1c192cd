"""KRR: what each kind of entry means."""

import httpx
import pytest

from opptak.hooks.context import PluginContext
from opptak_registry_no.contacts import ContactAndReservationRegister
from opptak_simulators.no.krr import can_be_notified
from opptak_simulators.society.model import ContactStatus, Country
from tests.plugins.conftest import Watched
from tests.plugins.registry_no.conftest import Contexts

TOKEN = {"access_token": "t", "expires_in": 120}


async def test_everybody_in_the_country_is_read_right(
    registry: PluginContext, people: Country, authorities: Watched
) -> None:
    register = ContactAndReservationRegister(registry)
    found = {contact.identity_number: contact for contact in await register.contacts(list(people.contacts))}
    assert authorities.count("/rest/v2/personer") == -(-len(people.contacts) // 1000)
    now = registry.clock.now()
    for number, entry in people.contacts.items():
        contact = found[number]
        active = entry.status is ContactStatus.ACTIVE
        assert contact.registered is active
        assert contact.reserved is (entry.reserved is not None)
        assert contact.may_notify is (active and can_be_notified(entry, at=now))
        assert contact.email == (entry.email.value if entry.email and active else "")
        assert contact.mobile == (entry.mobile.value if entry.mobile and active else "")
    assert {contact.language for contact in found.values()} >= {"", "nb", "nn", "se"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"status": "SLETTET"}, (False, False, False)),
        ({"status": "IKKE_REGISTRERT", "varslingsstatus": "KAN_VARSLES"}, (False, False, False)),
        ({"status": "AKTIV", "varslingsstatus": "KAN_VARSLES"}, (True, False, True)),
        ({"status": "AKTIV", "varslingsstatus": "KAN_IKKE_VARSLES"}, (True, False, False)),
        ({"status": "AKTIV", "varslingsstatus": "KAN_VARSLES", "reservasjon": "JA"}, (True, True, False)),
    ],
)
async def test_entry_says_who_may_be_notified(
    contexts: Contexts, entry: dict[str, str], expected: tuple[bool, bool, bool]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("token"):
            return httpx.Response(200, json=TOKEN)
        person = {"personidentifikator": "17859010067", "kontaktinformasjon": {"epostadresse": None}}
        return httpx.Response(200, json={"personer": [{**person, **entry}]})

    register = ContactAndReservationRegister(contexts.over(httpx.MockTransport(answer)))
    (contact,) = await register.contacts(["17859010067"])
    assert (contact.registered, contact.reserved, contact.may_notify) == expected
