"""Names of places as people write them."""

import pytest

from opptak.kit.places import written


@pytest.mark.parametrize(
    ("register", "page"),
    [
        ("STORSLETT", "Storslett"),
        ("MO I RANA", "Mo i Rana"),
        ("NORD-LENANGEN", "Nord-Lenangen"),
        ("ØKSFJORD", "Øksfjord"),
        ("Storslett", "Storslett"),
        ("", ""),
    ],
)
def test_capitals_of_a_register_are_written_out(register: str, page: str) -> None:
    assert written(register) == page
