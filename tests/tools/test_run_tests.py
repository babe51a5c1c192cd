from tools.run_tests import MOST_WORKERS, pytest_options


def test_each_core_gets_a_worker_up_to_a_limit() -> None:
    assert "--numprocesses=2" in pytest_options([], cores=2, browser=True)
    assert f"--numprocesses={MOST_WORKERS}" in pytest_options([], cores=64, browser=True)
    assert not [one for one in pytest_options([], cores=1, browser=True) if "numproc" in one]


def test_browser_tests_are_left_out_without_a_browser() -> None:
    assert "not browser" in pytest_options([], cores=1, browser=False)
    assert "not browser" not in pytest_options([], cores=1, browser=True)


def test_own_arguments_come_last() -> None:
    assert pytest_options(["-m", "browser"], cores=1, browser=False)[-2:] == ["-m", "browser"]
