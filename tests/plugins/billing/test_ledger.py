"""The ledger file: what is in it, and that a run never changes."""

import csv
import io
from hashlib import sha256
from types import ModuleType

import msgspec
import pytest

from opptak.testing import ContextFactory, LedgerContract, MemoryStore, PluginContract
from opptak.testing.contracts.intake import ledger_run
from opptak_billing import plugin as billing_plugin
from opptak_billing.files import COLUMNS, ledger_file
from opptak_billing.ledger import FileLedger
from opptak_billing.settings import BillingSettings


class TestPlugin(PluginContract):
    languages = ("nb", "nn", "se", "en", "de")

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return billing_plugin


class TestFileLedger(LedgerContract):
    @pytest.fixture
    def provider(self, plugin_context: ContextFactory) -> FileLedger:
        return FileLedger(plugin_context(BillingSettings()))


def rows(text: str) -> list[dict[str, str]]:
    """Return the lines by column."""
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_file_has_a_line_a_charge_and_the_sum() -> None:
    charge, correction, total = rows(ledger_file(ledger_run(), decimal_mark=","))
    assert charge == {
        "run": "2027-08",
        "line": "1",
        "kind": "CHARGE",
        "reference": "1",
        "debtor": "17859010067",
        "debtor_name": 'Klok; "Fjære"',
        "child": "2027-0001",
        "due_on": "2027-08-20",
        "amount": "1200,00",
        "currency": "NOK",
        "period_from": "2027-08-01",
        "period_to": "2027-08-31",
        "text": "August",
    }
    assert (correction["kind"], correction["amount"]) == ("REDUCTION", "-123,45")
    assert (total["kind"], total["line"], total["amount"], total["currency"]) == (
        "SUM",
        "2",
        "1076,55",
        "NOK",
    )


def test_file_follows_the_decimal_mark() -> None:
    assert rows(ledger_file(ledger_run(), decimal_mark="."))[1]["amount"] == "-123.45"


def test_each_currency_has_its_sum() -> None:
    run = ledger_run()
    euro = msgspec.structs.replace(run.lines[0], currency="EUR", amount_minor=5)
    mixed = msgspec.structs.replace(run, lines=(*run.lines, euro))
    sums = [(row["currency"], row["amount"]) for row in rows(ledger_file(mixed, decimal_mark=","))[3:]]
    assert sums == [("EUR", "0,05"), ("NOK", "1076,55")]


def test_empty_run_is_a_heading() -> None:
    empty = msgspec.structs.replace(ledger_run(), lines=())
    assert ledger_file(empty, decimal_mark=",") == ";".join(COLUMNS) + "\r\n"


async def test_acknowledgement_is_the_file_s_hash(
    plugin_context: ContextFactory, memory_store: MemoryStore
) -> None:
    ledger = FileLedger(plugin_context(BillingSettings(), store=memory_store))
    answer = await ledger.export(ledger_run())
    assert answer.reference == sha256(memory_store.values["ledger/2027-08.csv"]).hexdigest()
