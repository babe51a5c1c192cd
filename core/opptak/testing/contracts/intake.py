"""Contracts of the families that exchange records with other systems."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from opptak.hooks.errors import NotFound, Permanent
from opptak.hooks.providers import AdministrationSystem, IntakeChannel, Ledger
from opptak.hooks.types import LedgerLine, LedgerRun, PlacementRecord
from opptak.testing.contracts.provider import ProviderContract

__all__ = ("AdministrationSystemContract", "IntakeChannelContract", "LedgerContract")


def placement(number: int = 1) -> PlacementRecord:
    """Return a placement of a child that does not exist."""
    return PlacementRecord(
        placement_id=f"contract-{number}",
        facility_id="974569302",
        unit="Small",
        child_number="15832290065",
        days_per_week=4,
        hours_per_week=32.0,
        starts_on=date(2027, 8, 1),
    )


def ledger_run(number: str = "2027-08") -> LedgerRun:
    """Return a run with a charge and a correction."""
    line = LedgerLine(
        number="1",
        debtor_number="17859010067",
        debtor_name='Klok; "Fjære"',
        child_reference="2027-0001",
        text="August",
        amount_minor=120000,
        currency="NOK",
        period=date(2027, 8, 1),
        due_on=date(2027, 8, 20),
    )
    correction = msgspec.structs.replace(line, number="2", amount_minor=-12345)
    return LedgerRun(number=number, created_at=datetime(2027, 8, 5, tzinfo=UTC), lines=(line, correction))


class AdministrationSystemContract(ProviderContract[AdministrationSystem]):
    """Fixtures: `provider`."""

    family = AdministrationSystem

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Hand a placement over."""
        return await provider.export([placement()], key="contract-fault")

    @pytest.mark.asyncio
    async def test_export_is_acknowledged(self, provider: AdministrationSystem) -> None:
        answer = await provider.export([placement(1), placement(2)], key="contract-1")
        assert answer.reference
        assert answer.accepted + len(answer.refused) == 2

    @pytest.mark.asyncio
    async def test_same_key_changes_nothing(self, provider: AdministrationSystem) -> None:
        first = await provider.export([placement()], key="contract-2")
        assert await provider.export([placement()], key="contract-2") == first

    @pytest.mark.asyncio
    async def test_key_is_not_used_for_something_else(self, provider: AdministrationSystem) -> None:
        await provider.export([placement(1)], key="contract-3")
        with pytest.raises(Permanent):
            await provider.export([placement(2)], key="contract-3")

    @pytest.mark.asyncio
    async def test_empty_export_is_one_too(self, provider: AdministrationSystem) -> None:
        assert (await provider.export([], key="contract-4")).accepted == 0


class LedgerContract(ProviderContract[Ledger]):
    """Fixtures: `provider`."""

    family = Ledger

    @pytest.mark.asyncio
    async def test_run_is_acknowledged(self, provider: Ledger) -> None:
        answer = await provider.export(ledger_run())
        assert answer.reference
        assert answer.accepted + len(answer.refused) == 2

    @pytest.mark.asyncio
    async def test_same_run_changes_nothing(self, provider: Ledger) -> None:
        first = await provider.export(ledger_run())
        assert await provider.export(ledger_run()) == first

    @pytest.mark.asyncio
    async def test_number_is_not_used_for_another_run(self, provider: Ledger) -> None:
        run = ledger_run("2027-09")
        await provider.export(run)
        with pytest.raises(Permanent):
            await provider.export(msgspec.structs.replace(run, lines=run.lines[:1]))


class IntakeChannelContract(ProviderContract[IntakeChannel]):
    """Fixtures: `provider`, with at least two applications waiting."""

    family = IntakeChannel

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Ask what is waiting."""
        return await provider.poll()

    @pytest.mark.asyncio
    async def test_application_waits_until_answered(self, provider: IntakeChannel) -> None:
        waiting = await provider.poll()
        assert len(waiting) >= 2
        assert await provider.poll() == waiting
        await provider.accept(waiting[0].reference, case_number="2027-0001")
        await provider.reject(waiting[1].reference, reason="too early")
        left = {application.reference for application in await provider.poll()}
        assert left == {application.reference for application in waiting[2:]}

    @pytest.mark.asyncio
    async def test_answering_again_changes_nothing(self, provider: IntakeChannel) -> None:
        first = (await provider.poll())[0]
        for _ in range(2):
            await provider.accept(first.reference, case_number="2027-0001")
        assert first not in await provider.poll()

    @pytest.mark.asyncio
    async def test_unknown_application_is_not_found(self, provider: IntakeChannel) -> None:
        with pytest.raises(NotFound):
            await provider.accept("nothing:1", case_number="2027-0001")
