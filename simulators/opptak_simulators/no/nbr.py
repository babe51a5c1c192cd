"""The national register of kindergartens (NBR, Udir), open data: versions 4 and 3."""

from typing import Annotated

from litestar import Controller, Litestar, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, QueryParameter

from opptak_simulators.no.app_kit import application
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.society import places
from opptak_simulators.society.places import Kindergarten

Unit = dict[str, object]

_LIST_FIELDS = (
    "Organisasjonsnummer",
    "Navn",
    "Karakteristikk",
    "FulltNavn",
    "ErAktiv",
    "ErBarnehage",
    "ErBarnehageEier",
    "ErOffentligBarnehage",
    "ErPrivatBarnehage",
    "ErInaktivIBasil",
    "Barnehagekategorier",
    "Fylkesnummer",
    "Kommunenummer",
)

_V3_NAMES = {
    "Organisasjonsnummer": "Orgnr",
    "Fylkesnummer": "Fylkesnr",
    "Kommunenummer": "Kommunenr",
    "Postnummer": "Postnr",
    "Internettadresse": "Url",
    "OppstartsEllerStiftelsesdato": "DatoFoedt",
}

_COUNTY = {"Fylkesnummer": "55", "Navn": "Troms - Romsa - Tromssa"}
_UNKNOWN_POSITION = {"Lengdegrad": 0.0, "Breddegrad": 0.0, "Zoom": 0, "GeoKilde": "Undefined"}
_OPEN_KINDERGARTEN = {"Id": "32", "Navn": "Åpen barnehage"}
_ORDINARY = {"Id": "31", "Navn": "Ordinær barnehage"}
_MUNICIPAL = [{"Id": "19", "Navn": "Kommunal barnehage"}, {"Id": "18", "Navn": "Offentlig barnehage"}]
_PRIVATE = [{"Id": "20", "Navn": "Privat barnehage"}]


class Units:
    """Every unit and every known owner, by organisation number."""

    def __init__(self) -> None:
        units = {unit.orgnr: kindergarten(unit) for unit in places.kindergartens()}
        owners = {
            unit.owner: owner(unit)
            for unit in places.kindergartens()
            if unit.owner and unit.owner not in units
        }
        self._units = units | owners

    def all(self) -> list[Unit]:
        return list(self._units.values())

    def of_municipality(self, number: str) -> list[Unit]:
        return [unit for unit in self.all() if unit["Kommunenummer"] == number]

    def one(self, orgnr: str) -> Unit:
        """A unit; 404 for a number nobody has."""
        unit = self._units.get(orgnr)
        if unit is None:
            raise Refusal(404, "Enheten finnes ikke")
        return unit


def kindergarten(unit: Kindergarten) -> Unit:
    """A unit in the shape of version 4, list fields included."""
    kind = _OPEN_KINDERGARTEN if unit.kind == "open" else _ORDINARY
    return {
        **_common(unit.orgnr, unit.name, unit),
        "Beliggenhetsadresse": {
            "Adresse": unit.address or "",
            "Postnummer": unit.postcode,
            "Poststed": unit.town,
            "Land": "Norge",
        },
        "Koordinat": _coordinate(unit),
        "Organisasjonsform": {
            "Id": "BEDR",
            "Navn": "Underenhet til næringsdrivende og offentlig sektor",
        },
        "ErAktiv": unit.active,
        "ErBarnehage": True,
        "ErBarnehageEier": False,
        "ErOffentligBarnehage": not unit.private,
        "ErPrivatBarnehage": unit.private,
        "AntallBarn": unit.children,
        "AntallAnsatte": unit.staff,
        "AlderstrinnFra": unit.age_from,
        "AlderstrinnTil": unit.age_to,
        "Barnehagekategorier": [kind, *(_PRIVATE if unit.private else _MUNICIPAL)],
        "ForeldreRelasjoner": _owners(unit),
        "BarnRelasjoner": [],
    }


def owner(unit: Kindergarten) -> Unit:
    """The owner of a unit, a unit of its own that is no kindergarten."""
    return {
        **_common(unit.owner or "", unit.owner_name or "", unit),
        "Beliggenhetsadresse": None,
        "Koordinat": _UNKNOWN_POSITION,
        "Organisasjonsform": {"Id": "AS" if unit.private else "KOMM", "Navn": ""},
        "ErAktiv": True,
        "ErBarnehage": False,
        "ErBarnehageEier": True,
        "ErOffentligBarnehage": not unit.private,
        "ErPrivatBarnehage": unit.private,
        "AntallBarn": None,
        "AntallAnsatte": None,
        "AlderstrinnFra": None,
        "AlderstrinnTil": None,
        "Barnehagekategorier": [],
        "ForeldreRelasjoner": [],
        "BarnRelasjoner": [],
    }


def _common(orgnr: str, name: str, unit: Kindergarten) -> Unit:
    place = places.municipality(unit.municipality)
    return {
        "Organisasjonsnummer": orgnr,
        "Navn": name,
        "Karakteristikk": None,
        "FulltNavn": name,
        "Fylke": _COUNTY,
        "Fylkesnummer": "55",
        "Kommune": {
            "Navn": place.register_name,
            "Kommunenummer": place.number,
            "Organisasjonsnummer": place.organisation,
            "ErNedlagt": False,
            "Fylkesnummer": "55",
            "Kostragruppe": None,
        },
        "Kommunenummer": place.number,
        "Postadresse": None,
        "Internettadresse": "",
        "Maalform": {"Id": "B", "Navn": "Bokmål"},
        "Naeringskoder": [{"Prioritet": 1, "Kode": "88.911", "Navn": "Barnehager", "Versjon": "2007"}],
        "Hjelpeenhetskode": None,
        "Utgaattype": {"Id": "A", "Navn": "Ingen utgåttype"},
        "ErInaktivIBasil": False,
        "ErEkskludert": False,
        "OppstartsEllerStiftelsesdato": None,
        "DatoEndret": None,
    }


def _coordinate(unit: Kindergarten) -> Unit:
    """Zero and zero when the register has not placed the unit."""
    if unit.lat is None or unit.lon is None:
        return dict(_UNKNOWN_POSITION)
    return {
        "Lengdegrad": unit.lon,
        "Breddegrad": unit.lat,
        "Zoom": 12,
        "GeoKilde": "GeoNorge",
    }


def _owners(unit: Kindergarten) -> list[Unit]:
    if unit.owner is None:
        return []
    enhet = {"Organisasjonsnummer": unit.owner, "Navn": unit.owner_name}
    return [{"Enhet": enhet, "Relasjonstype": {"Id": "6", "Navn": "Eierstruktur"}}]


def as_v3(value: object) -> object:
    """The same content under the older names."""
    if isinstance(value, dict):
        return {_V3_NAMES.get(name, name): as_v3(content) for name, content in value.items()}
    return [as_v3(item) for item in value] if isinstance(value, list) else value


def _row(unit: Unit) -> Unit:
    return {name: unit[name] for name in _LIST_FIELDS}


def _page(rows: list[Unit], *, number: int, size: int) -> tuple[list[Unit], int]:
    """Page `number` counted from one, and how many pages there are."""
    if number < 1 or size < 1:
        raise Refusal(400, "sidenummer og antall per side starter på 1")
    return rows[(number - 1) * size : number * size], -(-len(rows) // size)


class VersionFour(Controller):
    path = "/v4"

    @get("/enheter")
    async def page(
        self, units: Given[Units], sidenummer: FromQuery[int] = 1, antallperside: FromQuery[int] = 1000
    ) -> Unit:
        rows, pages = _page(units.all(), number=sidenummer, size=antallperside)
        return {"EnhetListe": [_row(unit) for unit in rows], "AntallSider": pages}

    @get("/enheter/kommune/{number:str}")
    async def of_municipality(self, number: FromPath[str], units: Given[Units]) -> Unit:
        return {"EnhetListe": [_row(unit) for unit in units.of_municipality(number)]}

    @get("/enhet/{orgnr:str}")
    async def one(self, orgnr: FromPath[str], units: Given[Units]) -> Unit:
        return units.one(orgnr)


class VersionThree(Controller):
    path = "/v3"

    @get("/enheter")
    async def page(
        self,
        units: Given[Units],
        sidenummer: FromQuery[int] = 1,
        size: Annotated[int, QueryParameter(name="antallPerSide")] = 1000,
    ) -> Unit:
        rows, pages = _page(units.all(), number=sidenummer, size=size)
        return {"Enheter": as_v3([_row(unit) for unit in rows]), "AntallSider": pages}

    @get("/enheter/kommune/{number:str}")
    async def of_municipality(self, number: FromPath[str], units: Given[Units]) -> list[object]:
        return [as_v3(_row(unit)) for unit in units.of_municipality(number)]

    @get("/enhet/{orgnr:str}")
    async def one(self, orgnr: FromPath[str], units: Given[Units]) -> object:
        return as_v3(units.one(orgnr))


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"title": refusal.message, "status": refusal.status}


def create_app() -> Litestar:
    return application([VersionFour, VersionThree], shape=_error, dependencies={"units": Units()})
