"""Identity numbers: recorded vectors and single changed digits."""

from datetime import date

import pytest

from opptak_registry_no.numbers import is_identity_number

TODAY = date(2027, 1, 11)
LATER = date(2032, 1, 1)
SYNTHETIC = [
    "01850848773",
    "41814061033",
    "41810021827",
    "31882490052",
    "01892490100",
    "30912490021",
    "01922490038",
    "15832290065",
    "17859010067",
    "29828810055",
    "50869110008",
]


@pytest.mark.parametrize("number", SYNTHETIC)
def test_synthetic_number_is_one_only_where_they_are_allowed(number: str) -> None:
    assert is_identity_number(number, on=TODAY, synthetic=True)
    assert not is_identity_number(number, on=TODAY)


@pytest.mark.parametrize("number", SYNTHETIC)
def test_changed_digit_is_found(number: str) -> None:
    for place in range(11):
        other = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not is_identity_number(other, on=TODAY, synthetic=True)


@pytest.mark.parametrize(
    ("number", "remainder"), [("15832290073", 1), ("15832290081", 2), ("15832290170", 3)]
)
def test_new_series_holds_from_2032(number: str, remainder: int) -> None:
    weights = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
    digits = [int(digit) for digit in number[:10]]
    assert sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == remainder
    assert not is_identity_number(number, on=TODAY, synthetic=True)
    assert is_identity_number(number, on=LATER, synthetic=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1783901006",
        "178590100670",
        "1785901006x",
        "１７８５９０１００６７",
        "81859010067",
        "00859010067",
        "17939010067",
    ],
)
def test_text_of_another_form_is_none(text: str) -> None:
    assert not is_identity_number(text, on=TODAY, synthetic=True)
