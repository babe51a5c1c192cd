"""Days and distances in sentences."""

from datetime import date

import pytest

from opptak.kit.i18n import Catalogues
from opptak_portal.views.words import Words


@pytest.mark.parametrize(
    ("language", "metres", "told"),
    [
        ("nb", 0, "50 m i luftlinje"),
        ("nb", 974, "950 m i luftlinje"),
        ("nb", 975, "1 km i luftlinje"),
        ("nb", 1234, "1,2 km i luftlinje"),
        ("en", 1234, "1.2 km in a straight line"),
        ("se", 12_000, "12 km njuolggobálgá"),
        ("nb", None, ""),
    ],
)
def test_distance_is_told_as_the_crow_flies(language: str, metres: int | None, told: str) -> None:
    assert Words(Catalogues.load().translator(language)).distance(metres) == told


def test_day_is_spelt_out_in_the_language() -> None:
    words = Words(Catalogues.load().translator("se"))

    assert words("portal.children.born", day=date(2025, 6, 1)) == "Riegádan geassemánu 1.\u00a0b. 2025"


def test_text_nobody_brought_is_left_out() -> None:
    words = Words(Catalogues.load().translator("nb"))

    assert words.known("somebody.else.s.key") == ""
    assert words.known("portal.yes") == "Ja"
