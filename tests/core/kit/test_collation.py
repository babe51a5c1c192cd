"""The order of names."""

import unicodedata

from opptak.kit.collation import sort_key


def test_names_sort_as_their_readers_expect() -> None:
    expected = [
        "Anna",
        "Áhkká",
        "Bårdnes",
        "Čáhppe",
        "Eira",
        "Nordlys",
        "Ŋárga",
        "Sjøvegan",
        "Šuorbmut",
        "Zeta",
        "Ærfugl",
        "Østgård",
        "Åse",
    ]
    mixed = sorted(expected, key=lambda name: name[::-1])
    assert mixed != expected
    assert sorted(mixed, key=sort_key) == expected


def test_decomposed_letters_sort_like_composed_ones() -> None:
    assert sort_key(unicodedata.normalize("NFD", "Åse"))[0] == sort_key("Åse")[0]


def test_case_and_accents_keep_names_together() -> None:
    assert sorted(["Idé 2", "ide 3", "IDE 1"], key=sort_key) == ["IDE 1", "Idé 2", "ide 3"]
