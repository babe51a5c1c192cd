"""`opptak criteria check`: a file of criteria looked over by itself."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.documents import TENANTS

from opptak.cli import opptak

LAW = "likestillings- og diskrimineringsloven § 6"
SOUND = """\
[[criteria]]
valid_from = 2026-08-01

[[criteria.rules]]
id = "sibling"
fact = "sibling_at_facility"
effect = "points"
points = 40
at = "facility"
"""


def check(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(opptak, ["criteria", "check", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Criteria without mistakes."""
    made = tmp_path / "criteria.toml"
    made.write_text(SOUND, encoding="utf-8")
    return made


def test_sound_file_passes(file: Path) -> None:
    done = check(str(file), "--country", "no")
    assert (done.exit_code, done.output) == (0, "from 2026-08-01: 1 rules, 0 cases come out as they say\n")


@pytest.mark.parametrize("town", ["kafjord", "kvaenangen", "nordreisa", "skjervoy", "storfjord", "tromso"])
def test_towns_that_come_along_pass(town: str) -> None:
    assert check(str(TENANTS / town)).exit_code == 0


def test_country_must_be_known(file: Path) -> None:
    done = check(str(file))
    assert done.exit_code == 1
    assert "names no country; say --country" in done.output


def test_all_mistakes_are_told_with_file_and_line(file: Path) -> None:
    wrong = SOUND.replace('at = "facility"', 'at = "there"').replace("points = 40", "pionts = 40")
    file.write_text(f'{wrong}\n[[criteria.rules]]\nid = "faith"\nfact = "religion"\neffect = "gate"\n')
    done = check(str(file), "--country", "no")
    assert done.exit_code == 1
    heading, *told = done.output.splitlines()
    assert heading == "Error: 4 mistakes"
    assert [line.strip().split(";")[0] for line in told] == [
        f"{file}:4: criteria[0].rules[0].points: the rule gives no points",
        f"{file}:8: criteria[0].rules[0].pionts: there is no such key",
        f"{file}:9: criteria[0].rules[0].at: `sibling_at_facility` is never known at `there`",
        f"{file}:13: criteria[0].rules[1].fact: nobody may be preferred for `religion` ({LAW})",
    ]


def test_file_that_is_not_toml_is_told(file: Path) -> None:
    file.write_text("[[criteria]\n", encoding="utf-8")
    done = check(str(file), "--country", "no")
    assert done.exit_code == 1
    assert "this is not TOML" in done.output
    assert "Traceback" not in done.output
