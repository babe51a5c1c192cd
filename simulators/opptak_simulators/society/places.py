"""The ground people live on: municipalities, villages, streets and kindergartens.

Villages, postcodes and kindergartens are real; the streets people live in are invented, and the
same for every seed.
"""

import csv
import math
import re
import tomllib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from random import Random

import msgspec
from msgspec import Struct

from opptak_simulators.society.model import Address, AddressKind

DATA = files("opptak_simulators") / "data"

HOUSES_PER_STREET = 24
CADASTRAL_SITES = 6
_METRES_PER_DEGREE = 111_320
_STREET_LIKE = re.compile(r"(vei|veg)(en)?$")
_HOUSE = re.compile(r"^(?P<street>.*\D)\s(?P<number>\d+)\s?(?P<letter>[A-Za-z])?\b.*$")


class Municipality(Struct, frozen=True):
    """`lane` separates its identity numbers; `sami_share` is a share of households.

    `at_home_share` is that of the children without a place among those who could have one already.
    """

    slug: str
    number: str
    name: str
    register_name: str
    organisation: str
    neighbour: str
    lane: int
    sami_share: float
    at_home_share: float = 0.10


class Village(Struct, frozen=True):
    """A settlement; `share` is its weight among the households of the municipality."""

    municipality: str
    name: str
    postcode: str
    town: str
    lat: float
    lon: float
    radius_km: float
    share: float
    streets: int


class Kindergarten(Struct, frozen=True):
    """Facts of one unit; `children` are those registered, `site_…` stands in for a missing position."""

    orgnr: str
    municipality: str
    name: str
    kind: str
    private: bool
    active: bool
    postcode: str
    town: str
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    site_lat: float | None = None
    site_lon: float | None = None
    children: int | None = None
    staff: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    area: float | None = None
    area_per_child: float | None = None
    opens: str | None = None
    closes: str | None = None
    food: int | None = None
    profile: str | None = None
    owner: str | None = None
    owner_name: str | None = None


class Street(Struct, frozen=True):
    """A street with houses 1 to `HOUSES_PER_STREET`, running from a point in one direction."""

    municipality: str
    name: str
    code: int
    village: Village
    lat: float
    lon: float
    bearing: float

    def address(self, number: int, *, unit: str = "H0101") -> Address:
        """The dwelling at a house number."""
        lat, lon = moved(self.lat, self.lon, metres=35 * number, bearing=self.bearing)
        return Address(
            kind=AddressKind.STREET,
            municipality=self.municipality,
            id=int(self.municipality) * 10_000_000 + self.code * 1000 + number,
            street=self.name,
            code=self.code,
            number=number,
            unit=unit,
            farm=self.code % 90 + 1,
            holding=number * 4 + 1,
            postcode=self.village.postcode,
            town=self.village.town,
            lat=lat,
            lon=lon,
        )


def moved(lat: float, lon: float, *, metres: float, bearing: float) -> tuple[float, float]:
    """A point some metres away; the bearing is in radians from north."""
    north = metres * math.cos(bearing) / _METRES_PER_DEGREE
    east = metres * math.sin(bearing) / (_METRES_PER_DEGREE * math.cos(math.radians(lat)))
    return round(lat + north, 6), round(lon + east, 6)


def metres_between(lat: float, lon: float, *, to: tuple[float, float]) -> float:
    """Straight line in metres, exact enough within a municipality."""
    north = (to[0] - lat) * _METRES_PER_DEGREE
    east = (to[1] - lon) * _METRES_PER_DEGREE * math.cos(math.radians(lat))
    return math.hypot(north, east)


def _rows(name: str) -> list[dict[str, str | None]]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [{key: value or None for key, value in row.items()} for row in csv.DictReader(text.splitlines())]


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Every municipality the training country can hold."""
    table = tomllib.loads((DATA / "municipalities.toml").read_text(encoding="utf-8"))
    return msgspec.convert(tuple(table["municipality"]), tuple[Municipality, ...])


def municipality(key: str) -> Municipality:
    """A municipality by preset name or by number; KeyError when there is none."""
    for candidate in municipalities():
        if key in (candidate.slug, candidate.number):
            return candidate
    raise KeyError(key)


@cache
def age_counts(number: str) -> tuple[int, ...]:
    """Residents aged 0, 1, … 5 at the newest 1 January of the statistics."""
    row = next(row for row in _rows("population.csv") if row["municipality"] == number)
    return tuple(int(row[f"age_{age}"] or 0) for age in range(6))


@cache
def villages(number: str) -> tuple[Village, ...]:
    rows = [row for row in _rows("villages.csv") if row["municipality"] == number]
    return msgspec.convert(tuple(rows), tuple[Village, ...], strict=False)


@cache
def kindergartens() -> tuple[Kindergarten, ...]:
    return msgspec.convert(tuple(_rows("kindergartens.csv")), tuple[Kindergarten, ...], strict=False)


def kindergartens_of(number: str) -> tuple[Kindergarten, ...]:
    return tuple(unit for unit in kindergartens() if unit.municipality == number)


@cache
def _street_names(number: str) -> tuple[str, ...]:
    words = tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))
    stems, endings = words["street_stems"], words["street_endings"]
    names = [f"{stem}{ending}" for stem in stems for ending in endings]
    Random(f"streets/{number}").shuffle(names)  # noqa: S311 - scenery, not secrets
    return tuple(names)


@cache
def streets(number: str) -> tuple[Street, ...]:
    """The invented streets of a municipality."""
    names = iter(enumerate(_street_names(number)))
    return tuple(
        _street(next(names), village) for village in villages(number) for _ in range(village.streets)
    )


def _street(numbered: tuple[int, str], village: Village) -> Street:
    index, name = numbered
    rng = Random(f"street/{village.municipality}/{name}")  # noqa: S311 - scenery, not secrets
    away, bearing = village.radius_km * 1000 * rng.random(), rng.uniform(0, 2 * math.pi)
    lat, lon = moved(village.lat, village.lon, metres=away, bearing=bearing)
    return Street(
        municipality=village.municipality,
        name=name,
        code=1100 + 10 * index,
        village=village,
        lat=lat,
        lon=lon,
        bearing=rng.uniform(0, 2 * math.pi),
    )


@cache
def cadastral_sites(number: str) -> tuple[Address, ...]:
    """Homes without a street name, known by farm and holding number (gårds- og bruksnummer)."""
    return tuple(
        cadastral(village, place=village.name, farm=200 + index, holding=site)
        for index, village in enumerate(villages(number))
        for site in range(1, CADASTRAL_SITES + 1)
    )


def cadastral(
    village: Village,
    *,
    place: str,
    farm: int,
    holding: int,
    position: tuple[float, float] | None = None,
) -> Address:
    """An address that is a piece of land; near the village's centre unless placed."""
    near = moved(village.lat, village.lon, metres=400 + 60 * holding, bearing=float(holding))
    lat, lon = position or near
    return Address(
        kind=AddressKind.CADASTRAL,
        municipality=village.municipality,
        id=int(village.municipality) * 10_000_000 + farm * 1000 + holding,
        farm=farm,
        holding=holding,
        place=place,
        postcode=village.postcode,
        town=village.town,
        lat=lat,
        lon=lon,
    )


def position(unit: Kindergarten) -> tuple[float, float]:
    """Where a unit is, also when its own register does not say."""
    if unit.lat is not None and unit.lon is not None:
        return unit.lat, unit.lon
    if unit.site_lat is not None and unit.site_lon is not None:
        return unit.site_lat, unit.site_lon
    village = village_of(unit)
    return village.lat, village.lon


def village_of(unit: Kindergarten) -> Village:
    """The village with the unit's postcode, else the first of its municipality."""
    around = villages(unit.municipality)
    return next((village for village in around if village.postcode == unit.postcode), around[0])


@cache
def kindergarten_addresses() -> tuple[Address, ...]:
    """The addresses of the kindergartens themselves, as the address register would know them."""
    codes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    return tuple(
        _kindergarten_address(unit, index, codes[unit.municipality])
        for index, unit in enumerate(kindergartens(), start=1)
    )


def _kindergarten_address(unit: Kindergarten, index: int, codes: dict[str, int]) -> Address:
    text = unit.address or ""
    house = _HOUSE.match(text)
    if house is None and not _STREET_LIKE.search(text):
        place = text or village_of(unit).name
        site = cadastral(village_of(unit), place=place, farm=300, holding=index, position=position(unit))
        return msgspec.structs.replace(site, postcode=unit.postcode, town=unit.town)
    street = house["street"].rstrip() if house else text
    code = codes.setdefault(street, 9000 + len(codes))
    number = int(house["number"]) if house else 1
    lat, lon = position(unit)
    return Address(
        kind=AddressKind.STREET,
        municipality=unit.municipality,
        id=int(unit.municipality) * 10_000_000 + code * 1000 + number % 1000,
        street=street,
        code=code,
        number=number,
        letter=((house["letter"] or "") if house else "").upper(),
        unit="",
        farm=300,
        holding=index,
        postcode=unit.postcode,
        town=unit.town,
        lat=lat,
        lon=lon,
    )
