"""By which clock a command lives."""

from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.conftest import START

from opptak import deployment
from opptak.deployment import clock_hand, ready_database
from opptak.kit.clock import SharedClock
from opptak.runtime import make_clock
from opptak.settings import Settings


class NoServer:
    """In place of the embedded server."""

    def __enter__(self) -> "NoServer":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def url(self, *, database: str) -> str:
        """Return nothing of interest."""
        return database


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "embedded_postgres", lambda _: NoServer())
    monkeypatch.setattr(deployment, "prepare", lambda _: make_url("postgresql://nowhere/opptak"))


def test_beside_a_demonstration_it_is_the_demonstrations(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    with ready_database(settings) as ready:
        assert ready.clock == ""
    SharedClock(clock_hand(settings)).travel_to(START)
    with ready_database(settings) as ready:
        assert make_clock(ready).now() >= START
        assert ready.clock == f"file:{clock_hand(settings)}"


def test_one_that_is_named_wins(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), clock=START.isoformat())
    SharedClock(clock_hand(settings)).travel_to(START)
    with ready_database(settings) as ready:
        assert ready.clock == settings.clock
