"""Which round is ahead, and where it stands."""

from datetime import date

import msgspec
import pytest
from tests.portal.views.test_stages import CONFIG

from opptak_portal.views.calendar import Phase, calendar, round_ahead

NEXT = msgspec.structs.replace(CONFIG, intake="2028", deadline=date(2028, 3, 1))


@pytest.mark.parametrize(
    ("today", "phase", "left"),
    [
        (date(2027, 1, 10), Phase.AHEAD, 50),
        (date(2027, 1, 11), Phase.OPEN, 49),
        (date(2027, 3, 1), Phase.OPEN, 0),
        (date(2027, 3, 2), Phase.LATE, 0),
    ],
)
def test_round_opens_and_ends_with_its_days(today: date, phase: Phase, left: int) -> None:
    seen = calendar(CONFIG, today)

    assert (seen.phase, seen.days_left) == (phase, left)


@pytest.mark.parametrize(
    ("today", "intake"),
    [(date(2027, 3, 1), "2027"), (date(2027, 3, 2), "2028"), (date(2029, 1, 1), "2028")],
)
def test_next_deadline_is_the_one_ahead(today: date, intake: str) -> None:
    found = round_ahead((NEXT, CONFIG), today)

    assert found is not None
    assert found.intake == intake


def test_no_round_is_ahead_where_there_is_none() -> None:
    assert round_ahead((), date(2027, 1, 1)) is None
