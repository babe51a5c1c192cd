"""Every address of the training country, with the kindergartens', searchable word by word."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from msgspec import Struct

from opptak_simulators.society import places
from opptak_simulators.society.model import Address, AddressKind

_WORDS = re.compile(r"[\w/*]+")
_FUZZY_CUTOFF = 0.8
_FUZZY_WORDS = 8


class Criteria(Struct, frozen=True):
    """What a hit must be; None does not narrow."""

    adressenavn: str | None = None
    adressetekst: str | None = None
    adressekode: int | None = None
    nummer: int | None = None
    bokstav: str | None = None
    kommunenummer: str | None = None
    kommunenavn: str | None = None
    postnummer: str | None = None
    poststed: str | None = None
    gardsnummer: int | None = None
    bruksnummer: int | None = None
    festenummer: int | None = None

    def asked(self) -> dict[str, str | int]:
        """The criteria that narrow, by name."""
        return {
            name: _folded(value)
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not None
        }


def municipality_name(address: Address) -> str:
    return places.municipality(address.municipality).name.upper()


_FOUND: dict[str, Callable[[Address], str | int]] = {
    "adressenavn": lambda address: address.street,
    "adressetekst": lambda address: address.line,
    "adressekode": lambda address: address.code,
    "nummer": lambda address: address.number,
    "bokstav": lambda address: address.letter,
    "kommunenummer": lambda address: address.municipality,
    "kommunenavn": municipality_name,
    "postnummer": lambda address: address.postcode,
    "poststed": lambda address: address.town,
    "gardsnummer": lambda address: address.farm,
    "bruksnummer": lambda address: address.holding,
    "festenummer": lambda _: 0,
}

_TELLING = ("adressetekst", "bruksnummer")
"""Criteria that few addresses share."""


class Gazetteer:
    """Built at the first question."""

    def matching(
        self, criteria: Criteria, *, text: str | None, fuzzy: bool, every_word: bool
    ) -> list[Address]:
        """Addresses that fit the criteria and, when there is a text, its words."""
        asked = criteria.asked()
        found: Iterable[Address] = self._fitting(asked)
        if text is not None:
            hits = self._hits(text, fuzzy=fuzzy, every_word=every_word)
            ranked = sorted(hits, key=lambda index: (-hits[index], index))
            found = (self._addresses[index] for index in ranked)
        return [
            address
            for address in found
            if all(_folded(_FOUND[name](address)) == wanted for name, wanted in asked.items())
        ]

    def around(self, lat: float, lon: float, *, radius: float) -> list[tuple[float, Address]]:
        """Addresses within a radius in metres, nearest first, with their distance."""
        measured = (
            (places.metres_between(lat, lon, to=(address.lat, address.lon)), address)
            for address in self._addresses
        )
        near = [(metres, address) for metres, address in measured if metres <= radius]
        return sorted(near, key=lambda hit: hit[0])

    @cached_property
    def _addresses(self) -> tuple[Address, ...]:
        return tuple(_everything())

    def _fitting(self, asked: Mapping[str, str | int]) -> Sequence[Address]:
        """Addresses that fit the most telling criterion, if it was asked for, else all."""
        named = [self._by[name].get(asked[name], ()) for name in _TELLING if name in asked]
        return min(named, key=len, default=self._addresses)

    @cached_property
    def _by(self) -> dict[str, dict[str | int, list[Address]]]:
        index: dict[str, dict[str | int, list[Address]]] = {name: {} for name in _TELLING}
        for address in self._addresses:
            for name, known in index.items():
                known.setdefault(_folded(_FOUND[name](address)), []).append(address)
        return index

    @cached_property
    def _index(self) -> dict[str, set[int]]:
        index: defaultdict[str, set[int]] = defaultdict(set)
        for position, address in enumerate(self._addresses):
            for word in _words(_described(address)):
                index[word].add(position)
        return dict(index)

    def _hits(self, text: str, *, fuzzy: bool, every_word: bool) -> Counter[int]:
        """Positions of the hits, with the number of words found exactly as they were written."""
        words = _words(text)
        found = [self._hits_of(word, fuzzy=fuzzy) for word in words]
        if not found:
            return Counter()
        hits = set.intersection(*found) if every_word else set.union(*found)
        exact = Counter(index for word in words for index in self._index.get(word, ()))
        return Counter({index: exact[index] for index in hits})

    def _hits_of(self, word: str, *, fuzzy: bool) -> set[int]:
        if word.endswith("*"):
            candidates = [known for known in self._index if known.startswith(word.rstrip("*"))]
        elif fuzzy and not word[0].isdigit():
            candidates = difflib.get_close_matches(word, self._index, n=_FUZZY_WORDS, cutoff=_FUZZY_CUTOFF)
        else:
            candidates = [word]
        return set().union(*(self._index.get(known, set()) for known in candidates))


@cache
def gazetteer() -> Gazetteer:
    """The one gazetteer: addresses are the same for every country and seed."""
    return Gazetteer()


def _everything() -> Iterator[Address]:
    yield from places.kindergarten_addresses()
    for municipality in places.municipalities():
        yield from places.cadastral_sites(municipality.number)
        for street in places.streets(municipality.number):
            yield from map(street.address, range(1, places.HOUSES_PER_STREET + 1))


def _described(address: Address) -> str:
    house = f"{address.number} {address.number}{address.letter} {address.letter}"
    land = f"{address.line} {address.place}"
    own = land if address.kind is AddressKind.CADASTRAL else f"{address.street} {house}"
    return f"{own} {address.postcode} {address.town} {municipality_name(address)}"


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())


def _folded(value: str | int) -> str | int:
    return value.casefold() if isinstance(value, str) else value
