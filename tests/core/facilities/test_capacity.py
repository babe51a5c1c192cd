"""How many places are proposed."""

from datetime import date

from tests.fakes import _Rules

from opptak.facilities.capacity import propose_seats, years_by_band
from opptak.hooks.types import AreaNorm

NORMS = (
    AreaNorm(age_from=0, age_to=3, square_metres=5.3),
    AreaNorm(age_from=3, age_to=6, square_metres=4.0),
)
ALL_YEARS = {1: "small", 2: "small", 3: "large", 4: "large", 5: "large"}


def test_years_by_band_follow_the_law_of_the_country() -> None:
    years = years_by_band(_Rules(), age_from=1, age_to=5, starts_on=date(2027, 8, 1))
    assert years == ALL_YEARS


def test_years_by_band_keep_to_the_ages_of_the_facility() -> None:
    years = years_by_band(_Rules(), age_from=3, age_to=6, starts_on=date(2027, 8, 1))
    assert years == {3: "large", 4: "large", 5: "large"}
    assert years_by_band(_Rules(), age_from=None, age_to=None, starts_on=date(2027, 8, 1)) == ALL_YEARS


def test_area_gives_as_many_places_as_fit() -> None:
    # 226 m² hold ten children of every age year: 2 · 5.3 + 3 · 4.0 = 22.6 m² for one of each.
    seats = propose_seats(ALL_YEARS, norms=NORMS, area_m2=226.0, children=None)
    assert seats == {"small": 20, "large": 30}


def test_registered_children_are_never_turned_out() -> None:
    seats = propose_seats(ALL_YEARS, norms=NORMS, area_m2=117.1, children=36)
    assert seats == {"small": 15, "large": 22}
    assert sum(seats.values()) >= 36


def test_unknown_figures_propose_nothing() -> None:
    assert propose_seats(ALL_YEARS, norms=NORMS, area_m2=None, children=None) == {"small": 0, "large": 0}
    assert propose_seats({}, norms=NORMS, area_m2=100.0, children=3) == {}
