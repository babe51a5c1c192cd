"""Contracts of the families that take letters."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from opptak.hooks.providers import Archive, DeliveryChannel
from opptak.hooks.types import Letter, PostalAddress
from opptak.testing.contracts.provider import ProviderContract

__all__ = ("ArchiveContract", "DeliveryChannelContract")

PDF = b"%PDF-1.7\n%%EOF\n"


def letter(key: str = "contract-letter-1") -> Letter:
    """Return a letter to somebody who does not exist."""
    return Letter(
        key=key,
        title="A place",
        recipient_number="17859010067",
        recipient_name="Klok Fjære",
        address=PostalAddress(lines=("Tenkt veg 1",), postcode="9151", place="Storslett", country="NO"),
        filename="letter.pdf",
        pdf=PDF,
        language="nb",
        kind="offer",
    )


class DeliveryChannelContract(ProviderContract[DeliveryChannel]):
    """Fixtures: `provider`; `delivered`, a function that returns how many letters the other side has."""

    family = DeliveryChannel

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Send a letter."""
        return await provider.send(letter())

    @pytest.mark.asyncio
    async def test_letter_gets_a_reference_that_has_a_state(self, provider: DeliveryChannel) -> None:
        receipt = await provider.send(letter())
        assert receipt.reference
        assert [found.reference for found in await provider.status([receipt.reference])] == [
            receipt.reference
        ]

    @pytest.mark.asyncio
    async def test_same_key_is_sent_once(
        self, provider: DeliveryChannel, delivered: Callable[[], int]
    ) -> None:
        before = delivered()
        first = await provider.send(letter("contract-letter-2"))
        again = await provider.send(letter("contract-letter-2"))
        assert again.reference == first.reference
        assert delivered() == before + 1

    @pytest.mark.asyncio
    async def test_other_key_is_another_letter(self, provider: DeliveryChannel) -> None:
        references = {(await provider.send(letter(f"contract-letter-{n}"))).reference for n in (3, 4)}
        assert len(references) == 2

    @pytest.mark.asyncio
    async def test_unknown_reference_is_left_out(self, provider: DeliveryChannel) -> None:
        assert await provider.status(["00000000-0000-4000-8000-000000000000"]) == []
        assert await provider.status([]) == []

    @pytest.mark.asyncio
    async def test_awkward_letter_goes_through(self, provider: DeliveryChannel) -> None:
        awkward = msgspec.structs.replace(
            letter("contract-letter-5"),
            title="Čáhci ŋ đ – «tilbud» " * 80,
            recipient_name="Ø" * 200,
            filename='ráddjejuvvon: "a/b".pdf',
            address=PostalAddress(
                lines=("c/o Somebody", "Backyard", "Floor 2", "Tenkt veg 1"),
                postcode="9151",
                place="Storslett",
                country="NO",
            ),
        )
        assert (await provider.send(awkward)).reference

    @pytest.mark.asyncio
    async def test_nothing_personal_is_logged(
        self, provider: DeliveryChannel, nothing_personal_logged: Callable[..., None]
    ) -> None:
        sent = letter("contract-letter-6")
        nothing_personal_logged(sent.recipient_name, "Tenkt veg")
        await provider.send(sent)


class ArchiveContract(ProviderContract[Archive]):
    """Fixtures: `provider`."""

    family = Archive

    @pytest.mark.asyncio
    async def test_same_letter_is_filed_once(self, provider: Archive) -> None:
        first = await provider.file(letter(), case_number="2027-0001")
        again = await provider.file(letter(), case_number="2027-0001")
        assert first.reference
        assert again == first
