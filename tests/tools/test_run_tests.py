from pathlib import Path

import pytest
from tools.run_tests import MOST_WORKERS, Need, nothing_starts, pytest_options

from tools import run_tests

LACKING = [Need("browser", (("no-such-program",),), ("chromium",)), Need("broker", (("sh",),), ("redis",))]


def test_each_core_gets_a_worker_up_to_a_limit() -> None:
    assert "--numprocesses=2" in pytest_options([], cores=2)
    assert f"--numprocesses={MOST_WORKERS}" in pytest_options([], cores=64)
    assert not [one for one in pytest_options([], cores=1) if "numproc" in one]


def test_tests_are_left_out_whose_programs_are_missing() -> None:
    assert pytest_options([], cores=1, lacking=LACKING)[-2:] == ["-m", "not browser and not broker"]
    assert "-m" not in pytest_options([], cores=1)
    assert [need.met() for need in LACKING] == [False, True]
    assert LACKING[0].left_out().startswith("NO CHROMIUM: the tests marked `browser` were LEFT OUT.")


def test_own_arguments_come_last() -> None:
    assert pytest_options(["-m", "browser"], cores=1, lacking=LACKING)[-2:] == ["-m", "browser"]


def test_installed_services_do_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "POLICY", policy := tmp_path / "policy")
    with nothing_starts():
        assert "exit 101" in policy.read_text()
    assert not policy.exists()
    policy.write_text("theirs")
    with nothing_starts():
        assert policy.read_text() == "theirs"
    assert policy.read_text() == "theirs"
