"""A register kept by hand: people and who answers for them, in one file of the plugin's store.

`people.csv` is UTF-8 with semicolons and a heading line: number, given_name, family_name, born_on (ISO),
guardians (numbers, blanks between), street, postcode, place, municipality, protection, languages (blanks
between). For somebody with strict protection the address is the one that forwards.
"""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date

import msgspec

from opptak import hookimpl
from opptak.hooks.calls import probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Configuration, NotFound
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import PopulationRegister
from opptak.hooks.types import (
    Area,
    CheckReport,
    Custody,
    CustodyKind,
    PersonRecord,
    PostalAddress,
    Protection,
)

__all__ = ("FILE", "HandRegister")

FILE = "people.csv"


class Row(msgspec.Struct, frozen=True):
    """One line of the file."""

    number: str
    given_name: str
    family_name: str
    born_on: date
    guardians: str = ""
    street: str = ""
    postcode: str = ""
    place: str = ""
    municipality: str = ""
    protection: Protection = Protection.NONE
    languages: str = ""


class HandRegister(PopulationRegister):
    """Answers from the file as it is at the moment of the question."""

    name = "people_file"

    def __init__(self, context: PluginContext) -> None:
        self._store = context.store
        self._country = context.area.country.upper()

    async def check(self) -> CheckReport:
        """Read the file."""
        return await probe(self._rows())

    async def cohort(self, area: Area, *, born_from: date, born_to: date) -> AsyncIterator[PersonRecord]:
        """Stream the people of the area."""
        for row in (await self._rows()).values():
            if row.municipality in area.municipalities and born_from <= row.born_on <= born_to:
                yield self._record(row)

    async def person(self, number: str) -> PersonRecord:
        """Return one person."""
        row = (await self._rows()).get(number)
        if row is None:
            raise NotFound
        return self._record(row)

    async def people(self, numbers: Sequence[str]) -> list[PersonRecord]:
        """Return those who are in the file."""
        rows = await self._rows()
        return [self._record(rows[number]) for number in dict.fromkeys(numbers) if number in rows]

    async def guardians(self, children: Sequence[str]) -> list[Custody]:
        """Return the guardians named on the children's lines."""
        rows = await self._rows()
        return [
            custody for number in children if number in rows for custody in _custodies(rows[number], rows)
        ]

    async def _rows(self) -> Mapping[str, Row]:
        content = await self._store.get(FILE)
        if content is None:
            raise Configuration("no_file", hint="people_file.hint.no_file")
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace")), delimiter=";")
        rows: dict[str, Row] = {}
        for cells in reader:
            try:
                given = {name: text for name, text in cells.items() if text}
                row = msgspec.convert(given, Row, strict=False)
            except msgspec.ValidationError:
                raise Configuration(f"line-{reader.line_num}", hint="people_file.hint.line") from None
            rows[row.number] = row
        return rows

    def _record(self, row: Row) -> PersonRecord:
        strict = row.protection is Protection.STRICT
        address = _address(row, country=self._country) if row.street or row.place else None
        return PersonRecord(
            identity_number=row.number,
            given_name=row.given_name,
            family_name=row.family_name,
            born_on=row.born_on,
            protection=row.protection,
            residence=None if strict else address,
            postal=address if strict else None,
            languages=tuple(row.languages.split()),
        )


def _address(row: Row, *, country: str) -> PostalAddress:
    return PostalAddress(
        lines=(row.street,) if row.street else (),
        postcode=row.postcode,
        place=row.place,
        country=country,
        municipality=row.municipality,
        key=_home(row),
    )


def _home(row: Row) -> str:
    return f"{row.street}, {row.postcode}".casefold() if row.street and row.postcode else ""


def _custodies(child: Row, rows: Mapping[str, Row]) -> list[Custody]:
    guardians = child.guardians.split()
    kind = CustodyKind.JOINT if len(guardians) > 1 else CustodyKind.SOLE
    return [
        Custody(
            child=child.number,
            guardian=guardian,
            kind=kind,
            lives_with=guardian in rows and bool(_home(child)) and _home(rows[guardian]) == _home(child),
        )
        for guardian in guardians
    ]


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="people_file",
        title="people_file.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"population_register"}),
        package="opptak",
    )


@hookimpl
def opptak_population_register(context: PluginContext) -> PopulationRegister:
    """The register kept by hand."""
    return HandRegister(context)
