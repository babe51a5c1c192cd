"""What is written of what libraries say."""

import logging

import pytest

from opptak.kit.logs import Seldom
from opptak.kit.outage import Outage


def record(name: str, message: str, at: float) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "", 0, message, ("urgent",), None)
    made.created = at
    return made


def test_library_says_the_same_thing_once_a_minute() -> None:
    seldom = Seldom()
    said = [seldom.filter(record("dramatiq.worker", "no connection: %s", at)) for at in (0, 3, 59, 61, 62)]
    assert said == [True, False, False, True, False]
    assert seldom.filter(record("dramatiq.worker", "something else", 3))


def test_our_own_words_are_all_written() -> None:
    seldom = Seldom()
    assert all(seldom.filter(record("opptak.settling", "job failed", at)) for at in (0, 0, 1))


def test_outage_is_told_when_it_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(logging.getLogger("opptak.test"), "the relay")
    outage.back()
    for error in (OSError("at 10.0.0.1"), OSError(), KeyError()):
        outage.away(error)
    outage.back()
    outage.back()
    assert caplog.messages == ["the relay was interrupted", "the relay goes on"]
    assert "10.0.0.1" not in caplog.text
