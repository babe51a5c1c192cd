"""SvarUt against the simulator: formal delivery, sent once, followed to the end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest

from opptak.hooks.context import PluginContext, TrainingGround
from opptak.hooks.errors import Configuration, Permanent, Temporary
from opptak.hooks.types import DeliveryState, Letter, PostalAddress
from opptak.testing import (
    ContextFactory,
    DeliveryChannelContract,
    Faults,
    PluginContract,
    StoppedClock,
)
from opptak.testing.contracts.letters import letter
from opptak_fiks import plugin as fiks_plugin
from opptak_fiks.letters import ShipmentStatus, delivery, shipment
from opptak_fiks.settings import FiksSettings, training_settings
from opptak_fiks.svarut import SvarUt
from opptak_simulators.society.model import Country
from tests.plugins.conftest import BASE_URL, NORDREISA, Watched

STATES = {
    "MOTTATT": DeliveryState.ACCEPTED,
    "AKSEPTERT": DeliveryState.ACCEPTED,
    "KLAR_FOR_MOTTAK": DeliveryState.ACCEPTED,
    "VARSLET": DeliveryState.NOTIFIED,
    "SENDT_DIGITALT": DeliveryState.NOTIFIED,
    "SENDT_SDP": DeliveryState.NOTIFIED,
    "LEST": DeliveryState.READ,
    "SENDT_PRINT": DeliveryState.TO_PRINT,
    "PRINTET": DeliveryState.PRINTED,
    "LEVERT_SDP": DeliveryState.DELIVERED,
    "MANUELT_HANDTERT": DeliveryState.DELIVERED,
    "AVVIST": DeliveryState.REFUSED,
    "IKKE_LEVERT": DeliveryState.FAILED,
}
FINAL = {"AVVIST", "LEST", "PRINTET", "LEVERT_SDP", "IKKE_LEVERT", "MANUELT_HANDTERT"}


class TestPlugin(PluginContract):
    languages = ("nb", "nn", "se", "en")

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return fiks_plugin


@pytest.fixture
def settings(training: TrainingGround) -> FiksSettings:
    return training_settings(training)


@pytest.fixture
def context(
    plugin_context: ContextFactory,
    settings: FiksSettings,
    authorities: Watched,
    stopped_clock: StoppedClock,
) -> PluginContext:
    return plugin_context(settings, transport=authorities, area=NORDREISA, clock=stopped_clock)


@pytest.fixture
def channel(context: PluginContext) -> SvarUt:
    return SvarUt(context)


class TestSvarUt(DeliveryChannelContract, Faults):
    @pytest.fixture
    def provider(self, channel: SvarUt) -> SvarUt:
        return channel

    @pytest.fixture
    def provider_over(
        self, plugin_context: ContextFactory, settings: FiksSettings
    ) -> Callable[[httpx.AsyncBaseTransport], SvarUt]:
        return lambda transport: SvarUt(plugin_context(settings, transport=transport, area=NORDREISA))

    @pytest.fixture
    def delivered(self, authorities: Watched) -> Callable[[], int]:
        return lambda: sum(
            request.method == "POST" and request.url.path.endswith("/forsendelser")
            for request in authorities.requests
        )


async def sent(context: PluginContext) -> list[dict[str, Any]]:
    """Return what the post office has of Nordreisa."""
    answer = await context.http.get(f"{BASE_URL}/control/svarut/letters", params={"municipality": "5544"})
    letters: list[dict[str, Any]] = answer.json()["letters"]
    return letters


async def test_letter_arrives_with_its_document(channel: SvarUt, context: PluginContext) -> None:
    receipt = await channel.send(letter())
    (found,) = await sent(context)
    assert found["id"] == receipt.reference
    assert found["reference"] == letter().key
    assert found["recipient"]["digitalId"] == letter().recipient_number
    assert found["recipient"]["poststed"] == "Storslett"
    content = await context.http.get(f"{BASE_URL}/control/svarut/letters/{receipt.reference}/documents/0")
    assert content.content == letter().pdf


async def test_letter_whose_answer_was_lost_is_found_again(
    channel: SvarUt, context: PluginContext, authorities: Watched
) -> None:
    first = await channel.send(letter())
    # A worker that died before it could note the receipt starts from nothing.
    again = await SvarUt(context).send(letter())
    assert again.reference == first.reference
    assert len(await sent(context)) == 1


async def test_letter_is_followed_until_it_is_printed(channel: SvarUt, stopped_clock: StoppedClock) -> None:
    receipt = await channel.send(letter())
    states = []
    for _ in range(4):
        states.append((await channel.status([receipt.reference]))[0].state)
        stopped_clock.moment += timedelta(days=1)
    assert states[0] is DeliveryState.ACCEPTED
    assert states[-1] is DeliveryState.PRINTED


async def test_reader_reads(channel: SvarUt, people: Country, stopped_clock: StoppedClock) -> None:
    readers = list(people.contacts)[:40]
    receipts = [
        await channel.send(msgspec.structs.replace(letter(f"reader-{number}"), recipient_number=number))
        for number in readers
    ]
    stopped_clock.moment += timedelta(days=1)
    states = {found.state for found in await channel.status([one.reference for one in receipts])}
    assert {DeliveryState.READ, DeliveryState.TO_PRINT} <= states


async def test_digital_only_letter_to_nobody_fails(channel: SvarUt, stopped_clock: StoppedClock) -> None:
    receipt = await channel.send(msgspec.structs.replace(letter(), digital_only=True))
    stopped_clock.moment += timedelta(minutes=1)
    (found,) = await channel.status([receipt.reference])
    assert (found.state, found.detail) == (DeliveryState.FAILED, "IKKE_LEVERT")
    assert found.changed_at is not None


async def test_many_statuses_are_asked_for_in_parts(channel: SvarUt, authorities: Watched) -> None:
    receipt = await channel.send(letter())
    unknown = ["00000000-0000-4000-8000-000000000000"] * 1200
    assert len(await channel.status([*unknown, receipt.reference])) == 1
    assert authorities.count("/status-sok") == 3


async def test_wrong_password_is_a_matter_of_settings(
    plugin_context: ContextFactory,
    settings: FiksSettings,
    authorities: Watched,
    stopped_clock: StoppedClock,
) -> None:
    wrong = msgspec.structs.replace(settings, integration_password="guess")
    channel = SvarUt(plugin_context(wrong, transport=authorities, clock=stopped_clock))
    with pytest.raises(Configuration) as caught:
        await channel.send(letter())
    assert (caught.value.code, caught.value.hint) == ("UNAUTHORIZED", "plugin.hint.credentials")


async def test_other_municipality_s_account_is_closed(
    plugin_context: ContextFactory,
    settings: FiksSettings,
    authorities: Watched,
    stopped_clock: StoppedClock,
    simulated_ground: Any,
) -> None:
    other = simulated_ground.access("5540").account_id
    wrong = msgspec.structs.replace(settings, account_id=other)
    channel = SvarUt(plugin_context(wrong, transport=authorities, clock=stopped_clock))
    with pytest.raises(Configuration) as caught:
        await channel.send(letter())
    assert (caught.value.code, caught.value.hint) == ("FORBIDDEN", "plugin.hint.rights")


async def test_service_that_is_down_is_tried_again(channel: SvarUt, context: PluginContext) -> None:
    fault = {"authority": "svarut", "kind": "down", "count": 1}
    await context.http.post(f"{BASE_URL}/control/faults", json=fault)
    with pytest.raises(Temporary):
        await channel.send(letter())
    assert (await channel.send(letter())).reference
    assert len(await sent(context)) == 1


class Receiptless(httpx.AsyncBaseTransport):
    """Takes letters in, and says something else than that."""

    def __init__(self, inner: httpx.AsyncBaseTransport, said: httpx.Response | httpx.TransportError) -> None:
        self._inner = inner
        self._said = said

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if request.method != "POST" or not request.url.path.endswith("/forsendelser"):
            return answer
        if isinstance(self._said, httpx.Response):
            return self._said
        raise self._said


@pytest.mark.parametrize(
    ("said", "again_after"),
    [
        (httpx.ReadTimeout(""), 120),
        (httpx.ReadError(""), 120),
        (httpx.Response(504), 120),
        (httpx.Response(200, content=b'{"id":'), 120),
        (httpx.Response(429, headers={"Retry-After": "3"}), 3),
    ],
    ids=("timeout", "cut", "gateway", "malformed", "throttled"),
)
async def test_letter_without_a_receipt_is_left_until_it_could_be_found(
    plugin_context: ContextFactory,
    settings: FiksSettings,
    authorities: Watched,
    stopped_clock: StoppedClock,
    said: httpx.Response | httpx.TransportError,
    again_after: float,
) -> None:
    transport = Receiptless(authorities, said)
    channel = SvarUt(plugin_context(settings, transport=transport, area=NORDREISA, clock=stopped_clock))
    with pytest.raises(Temporary) as caught:
        await channel.send(letter())
    assert caught.value.retry_after == again_after


@pytest.mark.parametrize("word", sorted(STATES))
def test_every_status_has_a_state(word: str) -> None:
    found = delivery(ShipmentStatus("1", word, "2027-01-11T10:00:00"))
    assert (found.state, found.detail) == (STATES[word], word)
    assert found.changed_at == datetime(2027, 1, 11, 9, tzinfo=UTC)
    assert found.state.final == (word in FINAL)


def test_status_nobody_has_heard_of_is_not_the_end() -> None:
    found = delivery(ShipmentStatus("1", "NYTT_ORD"))
    assert (found.state, found.detail, found.changed_at) == (DeliveryState.ACCEPTED, "NYTT_ORD", None)


def addressed(address: PostalAddress | None, **changes: Any) -> Letter:
    """Return a letter to an address."""
    return msgspec.structs.replace(letter(), address=address, **changes)


def test_letter_without_an_address_goes_digitally_or_not_at_all() -> None:
    assert shipment(addressed(None)).kun_digital_levering
    assert not shipment(letter()).kun_digital_levering


def test_letter_without_address_and_number_is_unreachable() -> None:
    with pytest.raises(Permanent) as caught:
        shipment(addressed(None, recipient_number=""))
    assert caught.value.hint == "fiks.hint.unreachable"


def test_letter_to_an_address_needs_no_number() -> None:
    order = shipment(msgspec.structs.replace(letter(), recipient_number=""))
    assert order.mottaker.digital_id is None
    assert not order.kun_digital_levering


def test_address_of_many_lines_keeps_them_all() -> None:
    address = PostalAddress(lines=("A", "B", "C", "D"), postcode="9151", place="Storslett")
    receiver = shipment(addressed(address)).mottaker
    assert (receiver.adresselinje1, receiver.adresselinje2, receiver.adresselinje3) == ("A", "B", "C, D")


def test_order_has_what_the_service_takes() -> None:
    awkward = msgspec.structs.replace(letter(), title="x" * 1200, filename='a/b: "c"' + "x" * 300 + ".pdf")
    order = shipment(awkward, accounting_code="BHG-1", colour=True)
    content = msgspec.json.decode(msgspec.json.encode(order))
    assert len(content["tittel"]) == 1000
    name = content["dokumenter"][0]["filnavn"]
    assert len(name) == 226
    assert name.startswith("a_b_ _c_")
    assert name.endswith(".pdf")
    assert content["konteringskode"] == "BHG-1"
    assert content["utskriftskonfigurasjon"] == {"utskriftMedFarger": True, "tosidig": True}


def test_key_that_is_too_long_is_refused() -> None:
    with pytest.raises(Permanent, match="reference_too_long"):
        shipment(letter("x" * 101))
