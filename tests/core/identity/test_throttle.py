"""Guessing costs time."""

from datetime import UTC, datetime, timedelta

from opptak.identity.throttle import Throttle

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)


def test_attempts_come_back_one_by_one() -> None:
    throttle = Throttle(burst=3, refill=timedelta(seconds=30))
    assert [throttle.take("a", now=NOW) for _ in range(4)] == [True, True, True, False]
    later = NOW + timedelta(seconds=30)
    assert [throttle.take("a", now=later) for _ in range(2)] == [True, False]
    rested = NOW + timedelta(minutes=10)
    assert [throttle.take("a", now=rested) for _ in range(4)] == [True, True, True, False]


def test_each_key_has_its_own_attempts_until_it_is_cleared() -> None:
    throttle = Throttle(burst=1, refill=timedelta(seconds=30))
    assert [throttle.take(key, now=NOW) for key in ("a", "b", "a")] == [True, True, False]
    throttle.clear("a")
    assert throttle.take("a", now=NOW)


def test_attempt_given_back_counts_for_nothing() -> None:
    throttle = Throttle(burst=1, refill=timedelta(seconds=30))
    for _ in range(3):
        assert throttle.take("a", now=NOW)
        throttle.give_back("a")
    throttle.give_back("nobody")
    assert [throttle.take("a", now=NOW) for _ in range(2)] == [True, False]
