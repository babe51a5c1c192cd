"""Instances of textbooks with known best and worst stable outcomes.

Dan Gusfield and Robert W. Irving, The Stable Marriage Problem (MIT Press 1989): the examples of size four on
pages 6 and 10, and the one of size eight on which rotations are shown. Alvin E. Roth and Marilda Sotomayor,
Two-Sided Matching (Cambridge University Press 1990): the three by three of example 2.4, the four by four
whose ten stable matchings form a lattice (2.17), and the colleges of chapter 5.
"""

from typing import NamedTuple

import pytest
from tests.core.engine.markets import Row, market, read, seat

from opptak.engine.paths import Path
from opptak.engine.running import allocate


class Book(NamedTuple):
    """Lists of both sides as digits, seats, and who gets whom when the first side proposes."""

    askers: str
    hosts: str
    seats: str
    best: str
    """The host of each asker in the outcome that is best for all askers."""
    worst: str
    """The same in the outcome that is best for all hosts."""


BOOKS = {
    "gusfield-irving-page-6": Book(
        "2413 3142 2314 4132", "2143 4312 1432 2143", "1111", best="4321", worst="4123"
    ),
    "gusfield-irving-page-10": Book(
        "4123 2314 2431 3142", "4132 1324 1234 4132", "1111", best="4321", worst="4321"
    ),
    "gusfield-irving-size-8": Book(
        "57126843 23754186 85146237 32741685 72513684 16758423 25763481 38457261",
        "53761284 86357214 15624873 87324156 64738125 28546371 75218643 74152368",
        "11111111",
        best="53867124",
        worst="36281574",
    ),
    "roth-sotomayor-2.4": Book("213 132 123", "132 312 132", "111", best="231", worst="132"),
    "roth-sotomayor-2.17": Book(
        "1234 2143 3412 4321", "4321 3412 2143 1234", "1111", best="1234", worst="4321"
    ),
    "roth-sotomayor-colleges": Book(
        "51 251 31 41 12 13 134", "1234567 52 673 74 21", "31111", best="5234111", worst="1511234"
    ),
}


def document(book: Book, **rules: str) -> Row:
    """The instance: askers are children c1, c2, … and hosts programs P1, P2, … with lists of their own."""
    hosts = zip(book.hosts.split(), book.seats, strict=True)
    return market(
        [
            seat(f"P{number}", int(seats), ranking=[f"c{digit}" for digit in ranking])
            for number, (ranking, seats) in enumerate(hosts, start=1)
        ],
        [
            {"id": f"c{number}", "wishes": [f"P{digit}" for digit in wished]}
            for number, wished in enumerate(book.askers.split(), start=1)
        ],
        priority="listed",
        **rules,
    )


def outcome(book: Book, way: Path = Path.PYTHON, **rules: str) -> str:
    """The host of each asker as digits."""
    found = allocate(read(document(book, **rules)), way).assignment
    return "".join((found[f"c{number}"] or "P-")[1:] for number in range(1, len(found) + 1))


@pytest.mark.parametrize("way", [Path.PYTHON, Path.NUMPY, Path.NUMBA])
@pytest.mark.parametrize("name", BOOKS)
def test_da_gives_every_asker_the_best_of_the_book(name: str, way: Path) -> None:
    assert outcome(BOOKS[name], way) == BOOKS[name].best


@pytest.mark.parametrize("name", BOOKS)
def test_da_offers_gives_every_host_the_best_of_the_book(name: str) -> None:
    assert outcome(BOOKS[name], algorithm="da_offers") == BOOKS[name].worst
