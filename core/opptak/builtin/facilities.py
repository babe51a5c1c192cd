"""A register of facilities kept by hand: one line a house, in one file of the plugin's store.

`facilities.csv` is UTF-8 with a heading line, columns parted by semicolons or commas, in any order. Columns
are the members of `FacilityRow`; those that aren't needed may be left out.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from opptak import hookimpl
from opptak.hooks.calls import probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Configuration, NotFound
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import FacilityRegister
from opptak.hooks.types import Area, CheckReport, FacilityKind, FacilityRecord, PostalAddress
from opptak.kit.mistakes import Mistake
from opptak.kit.sheets import read_sheet

__all__ = ("FILE", "PLUGIN", "FacilityRow", "HandFacilities", "read_facilities")

PLUGIN = "facilities_file"
FILE = "facilities.csv"

Id = Annotated[str, Meta(min_length=1, max_length=40, description="Its number in a register, or your own.")]
Name = Annotated[str, Meta(min_length=1, max_length=120, description="What the house is called.")]
Age = Annotated[int, Meta(ge=0, le=18)]
Seats = Annotated[int, Meta(ge=0, le=500)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A time such as 07:30.")]


class FacilityRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the file."""

    register_id: Id
    name: Name
    kind: FacilityKind = FacilityKind.KINDERGARTEN
    public: bool = True
    active: bool = True
    owner_id: str = ""
    owner_name: str = ""
    street: str = ""
    postcode: str = ""
    place: str = ""
    municipality: str = ""
    latitude: Annotated[float, Meta(ge=-90, le=90, description="Degrees north, such as 69.769.")] | None = (
        None
    )
    longitude: Annotated[float, Meta(ge=-180, le=180, description="Degrees east, such as 21.034.")] | None = (
        None
    )
    age_from: Age | None = None
    age_to: Age | None = None
    seats_small: Seats | None = None
    seats_large: Seats | None = None
    children: Annotated[int, Meta(ge=0)] | None = None
    area_m2: Annotated[float, Meta(ge=0)] | None = None
    opens_at: Clock = ""
    closes_at: Clock = ""
    meals_minor: Annotated[int, Meta(ge=0, description="Meals a month, in the minor unit.")] | None = None
    profiles: str = ""
    """Blanks between."""
    language: Annotated[str, Meta(pattern=r"^([a-z]{2,3})?$", description="A language tag such as se.")] = ""


class HandFacilities(FacilityRegister):
    """Answers from the file as it is at the moment of the question."""

    name = PLUGIN
    capabilities = frozenset({"area", "hours", "meals", "seats"})

    def __init__(self, context: PluginContext) -> None:
        self._store = context.store
        self._area = context.area

    async def check(self) -> CheckReport:
        """Read the file."""
        return await probe(self.facilities(self._area))

    async def facilities(self, area: Area) -> list[FacilityRecord]:
        """Return the houses of the area; a line without municipality is in the first one."""
        found = [_record(row, self._area) for row in await self._rows()]
        return [one for one in found if one.address and one.address.municipality in area.municipalities]

    async def facility(self, register_id: str) -> FacilityRecord:
        """Return one house."""
        for row in await self._rows():
            if row.register_id == register_id:
                return _record(row, self._area)
        raise NotFound

    async def _rows(self) -> Sequence[FacilityRow]:
        content = await self._store.get(FILE)
        if content is None:
            raise Configuration("no_file", hint="facilities_file.hint.no_file")
        rows, mistakes = read_facilities(content)
        if mistakes:
            raise Configuration(f"line-{mistakes[0].path[0]}", hint="facilities_file.hint.line")
        return rows


def read_facilities(content: bytes) -> tuple[list[FacilityRow], list[Mistake]]:
    """Return the lines, and every mistake with line number and column as its path."""
    rows, mistakes = read_sheet(content, FacilityRow)
    seen: dict[str, int] = {}
    for line, row in rows:
        mistakes += _across(row, line)
        if row.register_id in seen:
            told = f"`{row.register_id}` stands on line {seen[row.register_id]} too"
            mistakes.append(Mistake((line, "register_id"), told, "a number of its own"))
        seen.setdefault(row.register_id, line)
    if not rows and not mistakes:
        mistakes = [Mistake((1,), "no house is listed", "a line for each")]
    return [row for _, row in rows], mistakes


def _across(row: FacilityRow, line: int) -> Iterator[Mistake]:
    """Yield what is wrong between the cells of a line."""
    if (row.latitude is None) != (row.longitude is None):
        missing = "longitude" if row.longitude is None else "latitude"
        yield Mistake((line, missing), "is missing", "both latitude and longitude, or neither")
    if row.age_from is not None and row.age_to is not None and row.age_from > row.age_to:
        yield Mistake((line, "age_to"), f"`{row.age_to}` can't be used", f"{row.age_from} or more")


def _record(row: FacilityRow, area: Area) -> FacilityRecord:
    seats = {"small": row.seats_small, "large": row.seats_large}
    return FacilityRecord(
        register_id=row.register_id,
        name=row.name,
        kind=row.kind,
        active=row.active,
        public=row.public,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        address=PostalAddress(
            lines=(row.street,) if row.street else (),
            postcode=row.postcode,
            place=row.place,
            country=area.country.upper(),
            municipality=row.municipality or area.municipalities[0],
        ),
        latitude=row.latitude,
        longitude=row.longitude,
        age_from=row.age_from,
        age_to=row.age_to,
        children=row.children,
        area_m2=row.area_m2,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        meals_minor=row.meals_minor,
        profiles=tuple(row.profiles.split()),
        language=row.language,
        seats={band: number for band, number in seats.items() if number is not None},
    )


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name=PLUGIN,
        title="facilities_file.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"facility_register"}),
        package="opptak",
    )


@hookimpl
def opptak_facility_register(context: PluginContext) -> FacilityRegister:
    """The register kept by hand."""
    return HandFacilities(context)
