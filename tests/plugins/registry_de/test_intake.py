"""Applications from files: what is read, and what is said of what can't be."""

from datetime import UTC, date, datetime
from types import ModuleType

import msgspec
import pytest

from opptak.testing import ContextFactory, IntakeChannelContract, MemoryStore, PluginContract
from opptak_registry_de import plugin as intake_plugin
from opptak_registry_de.applications import Fault, read_file
from opptak_registry_de.intake import FileIntake

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)
HEADING = "kind_name;kind_geburtsdatum;eltern_name;eltern_email;wunsch_1;wunsch_2;wunsch_3;beginn;stunden\n"
GOOD = "Kluge Bucht;15.03.2025;Weite Düne;w@example.org;Kita Süd;Kita Nord;;2027-08-01;35\n"
OTHER = "Stille Welle;2024-12-31;Weite Düne;;Kita Süd;;;;\n"


class TestPlugin(PluginContract):
    languages = ("nb", "nn", "se", "en", "de")

    @pytest.fixture
    def plugin(self) -> ModuleType:
        return intake_plugin


class TestFileIntake(IntakeChannelContract):
    @pytest.fixture
    def provider(self, plugin_context: ContextFactory, memory_store: MemoryStore) -> FileIntake:
        memory_store.values["intake/january.csv"] = (HEADING + GOOD + OTHER + GOOD).encode()
        return FileIntake(plugin_context(store=memory_store))


def test_line_is_an_application() -> None:
    read = read_file((HEADING + GOOD).encode(), name="a.csv", received_at=NOW)
    assert read.faults == ()
    (found,) = read.applications
    assert (found.reference, found.received_at) == ("a.csv:2", NOW)
    assert (found.child_name, found.child_born_on) == ("Kluge Bucht", date(2025, 3, 15))
    assert (found.guardian_name, found.guardian_email) == ("Weite Düne", "w@example.org")
    assert found.wishes == ("Kita Süd", "Kita Nord")
    assert found.start_on == date(2027, 8, 1)
    assert found.answers == {"stunden": "35"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_file_is_read_in_any_usual_encoding(encoding: str) -> None:
    read = read_file((HEADING + GOOD).encode(encoding), name="a.csv", received_at=NOW)
    assert read.applications[0].guardian_name == "Weite Düne"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (";15.03.2025;E;;K;;;;", Fault(2, "kind_name", "registry_de.fault.empty")),
        ("K;15.03.2025;E;;;;;;", Fault(2, "wunsch_1", "registry_de.fault.empty")),
        ("K;31.02.2025;E;;K;;;;", Fault(2, "kind_geburtsdatum", "registry_de.fault.no_date")),
        ("K;15.03.2025;E;;K;;;bald;", Fault(2, "beginn", "registry_de.fault.no_date")),
        ("K;15.03.2025;E;;K;;;;;;zu;viel", Fault(2, "", "registry_de.fault.too_many_fields")),
        ("K", Fault(2, "kind_geburtsdatum", "registry_de.fault.empty")),
    ],
)
def test_faulty_line_is_named_and_the_others_are_read(line: str, fault: Fault) -> None:
    read = read_file((HEADING + line + "\n" + GOOD).encode(), name="a.csv", received_at=NOW)
    assert read.faults == (fault,)
    assert [found.reference for found in read.applications] == ["a.csv:3"]


def test_missing_columns_are_all_named() -> None:
    read = read_file(b"kind_name;eltern_name\nK;E\n", name="a.csv", received_at=NOW)
    assert read.applications == ()
    assert [fault.column for fault in read.faults] == ["kind_geburtsdatum", "wunsch_1"]
    assert read_file(b"", name="a.csv", received_at=NOW).faults[0].line == 1


def test_line_break_in_a_field_counts_as_lines() -> None:
    quoted = '"Kluge\nBucht";15.03.2025;E;;K;;;;\nK;31.02.2025;E;;K;;;;\n'
    read = read_file((HEADING + quoted).encode(), name="a.csv", received_at=NOW)
    assert [fault.line for fault in read.faults] == [4]


async def test_check_names_the_first_fault(plugin_context: ContextFactory, memory_store: MemoryStore) -> None:
    intake = FileIntake(plugin_context(store=memory_store))
    assert (await intake.check()).ok
    memory_store.values["intake/b.csv"] = (HEADING + GOOD + ";;;;;;;;\n").encode()
    report = await intake.check()
    assert not report.ok
    assert (report.detail, report.hint) == ("b.csv:3 kind_name", "registry_de.fault.empty")


async def test_poll_counts_what_it_can_t_read(
    plugin_context: ContextFactory, memory_store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    memory_store.values["intake/b.csv"] = (HEADING + GOOD + ";;;;;;;;\n").encode()
    assert len(await FileIntake(plugin_context(store=memory_store)).poll()) == 1
    assert caplog.messages == ["lines that can't be read: 1"]


async def test_answers_are_kept_beside_the_files(
    plugin_context: ContextFactory, memory_store: MemoryStore
) -> None:
    memory_store.values["intake/b.csv"] = (HEADING + GOOD + OTHER).encode()
    intake = FileIntake(plugin_context(store=memory_store))
    await intake.accept("b.csv:2", case_number="2027-0001")
    await intake.reject("b.csv:3", reason="zu früh")
    kept = {
        key: msgspec.json.decode(value) for key, value in memory_store.values.items() if "answered" in key
    }
    assert kept == {
        "answered/b.csv:2": {"outcome": "accepted", "case_number": "2027-0001"},
        "answered/b.csv:3": {"outcome": "rejected", "reason": "zu früh"},
    }
