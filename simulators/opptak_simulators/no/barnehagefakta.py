"""Barnehagefakta (Udir), open data: area, hours, food and profile of one unit."""

import uuid

from litestar import Litestar, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath

from opptak_simulators.no.app_kit import application
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.society import places
from opptak_simulators.society.places import Kindergarten

Facts = dict[str, object]


def facts(unit: Kindergarten) -> Facts:
    """The 2024 shape; `id` is new at every call, as it is at the authority."""
    place = places.municipality(unit.municipality)
    return {
        "id": str(uuid.uuid4()),
        "orgnr": unit.orgnr,
        "navn": unit.name,
        "type": "Åpen barnehage" if unit.kind == "open" else "Ordinær barnehage",
        "eierform": "Privat" if unit.private else "Kommunal",
        "alder": f"{unit.age_from} - {unit.age_to}" if unit.age_from is not None else "",
        "erAktiv": unit.active,
        "erBarnehage": True,
        "erBarnehageEier": False,
        "erPrivatBarnehage": unit.private,
        "ansatte": {"antallFra": unit.staff, "antallTil": unit.staff},
        "fylke": {"fylkesnavn": "Troms - Romsa - Tromssa ", "fylkesnummer": "55"},
        "kommune": {"kommunenavn": place.register_name, "kommunenummer": place.number},
        "malform": {"malformType": "B", "malformNavn": "Bokmål"},
        "kontaktinformasjon": {
            "postAdresse": None,
            "besoksAdresse": {
                "adresselinje": unit.address or "",
                "postnr": unit.postcode,
                "poststed": unit.town,
            },
            "epost": "",
            "url": "",
            "telefon": "",
        },
        "koordinatLatLng": [unit.lat or 0.0, unit.lon or 0.0],
        "apningstidFra": unit.opens,
        "apningstidTil": unit.closes,
        "kostpenger": float(unit.food) if unit.food is not None else None,
        "pedagogiskProfil": [unit.profile] if unit.profile else None,
        "oppfyllerPedagognorm": None,
        "totalAntallKvadratmeter": unit.area,
        "urlTilSoknadOmBarnehageplass": None,
        "indikatorDataBarnehage": {
            "antallBarn": unit.children,
            "lekeOgOppholdsarealPerBarn": unit.area_per_child,
        },
        "indikatorDataKommune": None,
    }


class Published:
    """The units the site shows: closed ones are gone."""

    def __init__(self) -> None:
        self._units = {unit.orgnr: unit for unit in places.kindergartens() if unit.active}

    def facts(self, orgnr: str) -> Facts:
        unit = self._units.get(orgnr)
        if unit is None:
            raise Refusal(404, "Not found")
        return facts(unit)


@get("/api/barnehage/orgnr/{orgnr:str}")
async def one(orgnr: FromPath[str], published: Given[Published]) -> Facts:
    return published.facts(orgnr)


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"message": refusal.message}


def create_app() -> Litestar:
    return application([one], shape=_error, dependencies={"published": Published()})
