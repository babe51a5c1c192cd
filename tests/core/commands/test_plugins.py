"""`opptak plugin list`: everything that is installed, and what is wrong with the rest."""

from importlib.metadata import EntryPoint

import msgspec
import pytest
from click.testing import CliRunner

from opptak.commands.plugins import plugin
from opptak.hooks import manager

BROKEN = EntryPoint("absent", "opptak_absent.plugin", manager.ENTRY_POINTS)


def test_list_is_a_table() -> None:
    result = CliRunner().invoke(plugin, ["list"])
    assert result.exit_code == 0
    heading, *lines = result.output.splitlines()
    assert heading.split() == ["name", "version", "api", "provides", "country", "state"]
    assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
    fiks = next(line for line in lines if line.startswith("fiks "))
    assert fiks.split() == ["fiks", "0.1.0", ">=1.0,<2", "delivery", "no", "available"]


def test_list_can_be_read_by_machines() -> None:
    result = CliRunner().invoke(plugin, ["list", "--json"])
    found = {row["name"]: row for row in msgspec.json.decode(result.output)}
    assert found["registry_no"]["provides"] == [
        "addresses",
        "contact_register",
        "facility_register",
        "identity_providers",
        "population_register",
        "rules",
    ]
    assert found["outbox"]["country"] == ""


def test_list_names_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "entry_points", lambda group: [BROKEN])
    result = CliRunner().invoke(plugin, ["list"])
    assert result.exit_code == 0
    line = next(line for line in result.output.splitlines() if line.startswith("absent"))
    assert line.endswith("incompatible: No module named 'opptak_absent'")
