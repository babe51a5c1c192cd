"""Norwegian identity numbers (fødselsnummer and D-nummer): eleven digits, the last two of them check digits.

Neither the date of birth nor the sex is ever read from a number: the register says both.
Source: Skatteetaten, the identity number and its change in 2032.
"""

from datetime import date

__all__ = ("is_identity_number",)

NEW_SERIES_FROM = date(2032, 1, 1)
"""From here on the first check digit may leave a remainder of 0 to 3, so that the numbers last."""

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_SYNTHETIC_MONTHS = range(81, 93)
_MONTHS = range(1, 13)
_D_NUMBER_DAY = 40


def is_identity_number(number: str, *, on: date, synthetic: bool = False) -> bool:
    """Return whether the text can be an identity number on a day.

    `synthetic` asks for numbers of test persons (month + 80), which no real person has, instead of real ones.
    """
    if len(number) != 11 or not (number.isascii() and number.isdigit()):
        return False
    day, month = int(number[:2]) % _D_NUMBER_DAY, int(number[2:4])
    if not 1 <= day <= 31 or int(number[0]) > 7:
        return False
    if month not in (_SYNTHETIC_MONTHS if synthetic else _MONTHS):
        return False
    return _checks(number, highest_remainder=3 if on >= NEW_SERIES_FROM else 0)


def _checks(number: str, *, highest_remainder: int) -> bool:
    digits = [int(digit) for digit in number]
    first = sum(digit * weight for digit, weight in zip(digits[:10], _FIRST_WEIGHTS, strict=True))
    second = sum(digit * weight for digit, weight in zip(digits, _SECOND_WEIGHTS, strict=True))
    return first % 11 <= highest_remainder and second % 11 == 0
