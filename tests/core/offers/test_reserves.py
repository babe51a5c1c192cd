"""Reserved seats: where they are, and who gets one that falls vacant."""

from opptak.facilities.schemas import ProgramView
from opptak.facilities.week import EVERY_DAY, Week, every_day, patterns
from opptak.kit.ids import new_id
from opptak.offers.deadlines import reminders_due
from opptak.offers.reserves import UnitReserve, give_out, next_in_line, seat_kept_for, spread
from opptak.tenancy.config import OfferRules, Reserve

HOUSE = new_id()
SAMI = UnitReserve(tag="language:se", seats=2, open=True)
CLOSED = UnitReserve(tag="language:se", seats=2, open=False)
WITH, WITHOUT = ("language:se",), ()
ONE, TWO = new_id(), new_id()


def unit(seats: int, *, language: str = "", register: str = "a") -> ProgramView:
    """Return a unit of a house."""
    return ProgramView(
        unit_id=new_id(),
        unit_name="",
        facility_id=HOUSE,
        facility_name="",
        facility_register_id=register,
        band="small",
        seats=seats,
        confirmed=True,
        language=language,
    )


def test_spread_shares_a_houses_seats_over_its_units() -> None:
    small, large, other = unit(1), unit(9), unit(9, register="b")
    found = spread([Reserve(facility="a", tag="language:se", seats=4)], [small, large, other])
    assert {key: [one.seats for one in parts] for key, parts in found.items()} == {
        small.unit_id: [1],
        large.unit_id: [3],
    }


def test_spread_prefers_units_that_work_in_the_language() -> None:
    sami, other = unit(9, language="se"), unit(9)
    found = spread([Reserve(facility="a", tag="language:se", seats=4, open=False)], [sami, other])
    assert found == {sami.unit_id: (UnitReserve(tag="language:se", seats=4, open=False),)}


def test_spread_keeps_no_more_than_there_are() -> None:
    only = unit(1)
    found = spread([Reserve(facility="a", tag="sami", seats=4)], [only])
    assert [part.seats for part in found[only.unit_id]] == [1]


def test_seat_is_kept_while_the_reserve_is_not_filled() -> None:
    assert seat_kept_for([SAMI], [WITH, WITHOUT], free=1) == SAMI
    assert seat_kept_for([SAMI], [WITH, WITH], free=1) is None
    assert seat_kept_for([], [], free=1) is None


def test_closed_reserve_leaves_the_other_seats_to_all() -> None:
    assert seat_kept_for([CLOSED], [WITH, WITHOUT], free=1) == CLOSED
    assert seat_kept_for([CLOSED], [WITH], free=2) is None


def test_next_in_line_is_who_the_seat_is_kept_for() -> None:
    tags = {ONE: WITHOUT, TWO: WITH}
    assert next_in_line([ONE, TWO], SAMI, tags=tags) == TWO
    assert next_in_line([ONE, TWO], None, tags=tags) == ONE
    assert next_in_line([], None, tags={}) is None


def test_open_seat_falls_to_all_and_a_closed_one_stays_empty() -> None:
    tags = {ONE: WITHOUT}
    assert next_in_line([ONE], SAMI, tags=tags) == ONE
    assert next_in_line([ONE], CLOSED, tags=tags) is None


def test_reminders_fall_due_by_the_days_left() -> None:
    rules = OfferRules(answer_days=14, reminder_days=(5, 2))
    assert [reminders_due(rules, days_left=left) for left in (6, 5, 3, 2, 0)] == [0, 1, 1, 2, 2]


def test_reminder_on_the_day_of_the_offer_is_left_out() -> None:
    rules = OfferRules(answer_days=5, reminder_days=(5, 2))
    assert [reminders_due(rules, days_left=left) for left in (5, 2)] == [0, 1]


def given_out(*days: int, free: Week, reserves: tuple[UnitReserve, ...] = ()) -> list[Week | None]:
    """Return the week that each of a line gets who ask for so many days; the last of them speaks Sami."""
    line = [new_id() for _ in days]
    given = give_out(
        line,
        free=free,
        needs={one: patterns(number) for one, number in zip(line, days, strict=True)},
        reserves=reserves,
        seated=(),
        tags={one: WITH if one == line[-1] else WITHOUT for one in line},
    )
    return [given.get(one) for one in line]


def test_vacated_days_go_to_the_first_in_line_who_needs_no_more() -> None:
    assert given_out(5, 3, 3, free=(1, 1, 1, 0, 0)) == [None, (1, 1, 1, 0, 0), None]
    assert given_out(2, 5, 2, free=EVERY_DAY) == [(1, 1, 0, 0, 0), None, (0, 0, 0, 1, 1)]
    assert given_out(5, 5, free=every_day(-1)) == [None, None]


def test_vacated_days_that_are_kept_go_to_those_they_are_kept_for() -> None:
    one = UnitReserve(tag="language:se", seats=1, open=True)
    assert given_out(2, 2, free=(1, 1, 0, 0, 0), reserves=(one,)) == [None, (1, 1, 0, 0, 0)]


def test_patterns_are_the_first_and_the_last_days_of_the_week() -> None:
    assert patterns(4) == ((1, 1, 1, 1, 0), (0, 1, 1, 1, 1))
    assert patterns(5) == (EVERY_DAY,)
