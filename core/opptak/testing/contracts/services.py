"""Contracts of the families that serve the platform itself, and of consents."""

from datetime import date

import pytest

from opptak.hooks.errors import NotFound
from opptak.hooks.providers import ConsentExchange, Translation, VirusScanner
from opptak.hooks.types import ConsentRequest
from opptak.testing.contracts.provider import ProviderContract

__all__ = ("ConsentExchangeContract", "TranslationContract", "VirusScannerContract")

# The industry's harmless test file, in two halves so that no scanner stops at this one.
HARMLESS_VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class VirusScannerContract(ProviderContract[VirusScanner]):
    """Fixtures: `provider`."""

    family = VirusScanner

    @pytest.mark.asyncio
    async def test_clean_file_is_clean(self, provider: VirusScanner) -> None:
        assert (await provider.scan(b"%PDF-1.7\n%%EOF\n")).clean

    @pytest.mark.asyncio
    async def test_test_virus_is_found(self, provider: VirusScanner) -> None:
        verdict = await provider.scan(HARMLESS_VIRUS)
        assert not verdict.clean
        assert verdict.signature


class TranslationContract(ProviderContract[Translation]):
    """Fixtures: `provider`; `source` and `target`, languages it knows."""

    family = Translation

    @pytest.mark.asyncio
    async def test_text_is_translated(self, provider: Translation, source: str, target: str) -> None:
        assert await provider.translate("Good morning", source=source, target=target)
        assert await provider.translate("", source=source, target=target) == ""


class ConsentExchangeContract(ProviderContract[ConsentExchange]):
    """Fixtures: `provider`; `authority`, one that can be asked."""

    family = ConsentExchange

    @pytest.mark.asyncio
    async def test_asking_again_asks_once(self, provider: ConsentExchange, authority: str) -> None:
        request = ConsentRequest(
            key="contract-1",
            child_name="Klok Fjære",
            child_born_on=date(2024, 3, 15),
            facility_name="Thought-up house",
            starts_on=date(2027, 8, 1),
            home_authority=authority,
        )
        asked = await provider.ask(request)
        assert asked.state in {"asked", "granted", "refused"}
        assert (await provider.ask(request)).reference == asked.reference
        assert (await provider.state(asked.reference)).reference == asked.reference

    @pytest.mark.asyncio
    async def test_unknown_request_is_not_found(self, provider: ConsentExchange) -> None:
        with pytest.raises(NotFound):
            await provider.state("nothing")
