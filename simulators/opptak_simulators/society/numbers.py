"""Norwegian identity numbers (fødselsnummer, D-nummer) of the synthetic range.

Layout and check digits: Skatteetaten, national identity number. A synthetic number has 80 added to
the month, a D-number 40 added to the day; both keep the check digits of the changed date.
"""

from datetime import date
from random import Random

from opptak_simulators.society.model import Sex

SYNTHETIC_MONTH = 80
D_NUMBER_DAY = 40
LANES = 6

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def _check_digit(digits: str, weights: tuple[int, ...]) -> int | None:
    remainder = -sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11
    return None if remainder == 10 else remainder


def completed(nine: str) -> str | None:
    """The full number for its first nine digits, or None where no check digit exists."""
    first = _check_digit(nine, _FIRST_WEIGHTS)
    if first is None:
        return None
    second = _check_digit(f"{nine}{first}", _SECOND_WEIGHTS)
    return None if second is None else f"{nine}{first}{second}"


def is_valid(number: str) -> bool:
    """Whether the text is eleven digits with right check digits."""
    if len(number) != 11 or not (number.isascii() and number.isdigit()):
        return False
    return completed(number[:9]) == number


def is_synthetic(number: str) -> bool:
    """Whether a valid number lies in the synthetic range."""
    return is_valid(number) and 81 <= int(number[2:4]) <= 92


class NumberSeries:
    """Draws unused numbers; a lane keeps two series apart without their knowing each other."""

    def __init__(self, rng: Random, *, lane: int) -> None:
        self._rng = rng
        self._lane = lane
        self._taken: set[str] = set()

    def draw(self, born: date, sex: Sex, *, d_number: bool = False) -> str:
        """A fresh number for a birth date from 1900 to 2039."""
        while True:
            number = completed(self._nine(born, sex, d_number=d_number))
            if number is not None and number not in self._taken:
                self._taken.add(number)
                return number

    def _nine(self, born: date, sex: Sex, *, d_number: bool) -> str:
        century = 500 if born.year >= 2000 else 0
        pair = self._rng.randrange(250 // LANES) * LANES + self._lane
        individual = century + 2 * pair + (sex is Sex.MALE)
        day = born.day + (D_NUMBER_DAY if d_number else 0)
        month = born.month + SYNTHETIC_MONTH
        return f"{day:02}{month}{born:%y}{individual:03}"
