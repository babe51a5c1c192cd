"""Kindergartens: the national register (NBR) says which there are, Barnehagefakta adds figures.

Both versions of the register in use are read: version 3 differs from 4 in the names of some members, and has
no frame around the list of a municipality's units. Source: Udir, NLOD.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from opptak.hooks.calls import Service, gather, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound, Temporary
from opptak.hooks.providers import FacilityRegister
from opptak.hooks.types import Area, CheckReport, FacilityKind, FacilityRecord, PostalAddress
from opptak_registry_no.settings import RegistrySettings

__all__ = ("KindergartenRegister", "facility_record")

S = TypeVar("S", bound=msgspec.Struct)

_OWNER = "6"
_AS_IN_V4 = {
    "Orgnr": "Organisasjonsnummer",
    "Postnr": "Postnummer",
    "Kommunenr": "Kommunenummer",
    "Enheter": "EnhetListe",
}
_LANGUAGES = {"B": "nb", "N": "nn"}
_KINDS = {
    "åpen barnehage": FacilityKind.OPEN,
    "familiebarnehage": FacilityKind.FAMILY_DAYCARE,
}
PROFILES = {
    "Samisk barnehage": "sami",
    "Barnehage med samisk avdeling": "sami_department",
    "Montessoribarnehage": "montessori",
    "Friluftsbarnehage": "outdoor",
    "Gårdsbarnehage": "farm",
    "Tros- eller livssynsbarnehage": "belief",
}
"""The register's word for a profile → the end of its message key `facility.profile.<word>`."""


class Address(msgspec.Struct, rename="pascal"):
    """Where a unit is."""

    adresse: str | None = None
    postnummer: str | None = None
    poststed: str | None = None


class Coordinate(msgspec.Struct, rename="pascal"):
    """A point; zero and zero means that the unit has not been placed on the map yet."""

    lengdegrad: float | None = None
    breddegrad: float | None = None


class Code(msgspec.Struct, rename="pascal"):
    """A value of a code list."""

    id: str | int | None = None
    navn: str | None = None


class Related(msgspec.Struct, rename="pascal"):
    """Another unit."""

    organisasjonsnummer: str
    navn: str | None = None


class Relation(msgspec.Struct, rename="pascal"):
    """A relation to a unit above."""

    enhet: Related
    relasjonstype: Code = msgspec.field(default_factory=Code)


class Municipality(msgspec.Struct, rename="pascal"):
    """The municipality a unit lies in."""

    kommunenummer: str = ""


class Unit(msgspec.Struct, rename="pascal"):
    """One unit of the register (enhet): a kindergarten, or an owner of some."""

    organisasjonsnummer: str
    navn: str = ""
    kommune: Municipality | None = None
    beliggenhetsadresse: Address | None = None
    koordinat: Coordinate | None = None
    maalform: Code | None = None
    er_aktiv: bool = False
    er_barnehage: bool = False
    er_offentlig_barnehage: bool = False
    er_ekskludert: bool = False
    antall_barn: int | None = None
    alderstrinn_fra: int | None = None
    alderstrinn_til: int | None = None
    barnehagekategorier: tuple[Code, ...] | None = None
    foreldre_relasjoner: tuple[Relation, ...] | None = None


class Facts(msgspec.Struct, rename="camel"):
    """Barnehagefakta's page about one kindergarten; every member may be null."""

    type: str | None = None
    apningstid_fra: str | None = None
    apningstid_til: str | None = None
    kostpenger: float | None = None
    pedagogisk_profil: tuple[str, ...] | None = None
    total_antall_kvadratmeter: float | None = None


class KindergartenRegister(FacilityRegister):
    """Nasjonalt barnehageregister with the figures of Barnehagefakta; both are open."""

    name = "nbr"
    capabilities = frozenset({"area", "hours", "meals"})

    def __init__(self, context: PluginContext) -> None:
        settings: RegistrySettings = context.settings
        self._area = context.area
        self._register = Service(context.http, settings.nbr_url)
        self._facts = Service(context.http, settings.barnehagefakta_url)

    async def check(self) -> CheckReport:
        """List the first municipality's units."""
        return await probe(self._numbers(self._area.municipalities[0]))

    async def facilities(self, area: Area) -> list[FacilityRecord]:
        """Return the kindergartens of the municipalities, closed ones too; owners are no kindergartens."""
        numbers = [number for part in area.municipalities for number in await self._numbers(part)]
        units = await gather(self._unit, numbers)
        kept = [unit for unit in units if unit.er_barnehage and not unit.er_ekskludert]
        facts = await gather(self._facts_about, kept)
        return [facility_record(unit, found) for unit, found in zip(kept, facts, strict=True)]

    async def facility(self, register_id: str) -> FacilityRecord:
        """Return one kindergarten; raises NotFound for an owner too."""
        unit = await self._unit(register_id)
        if not unit.er_barnehage or unit.er_ekskludert:
            raise NotFound
        return facility_record(unit, await self._facts_about(unit))

    async def _numbers(self, municipality: str) -> list[str]:
        raw: object = await self._register.get(f"/enheter/kommune/{municipality}", object)
        framed = raw if isinstance(raw, dict) else {"EnhetListe": raw}
        return [unit.organisasjonsnummer for unit in _read(framed, _UnitList).enhet_liste]

    async def _unit(self, number: str) -> Unit:
        return _read(await self._register.get(f"/enhet/{number}", object), Unit)

    async def _facts_about(self, unit: Unit) -> Facts:
        """Return what is published; nothing is for closed units."""
        if not unit.er_aktiv:
            return Facts()
        try:
            return await self._facts.get(f"/barnehage/orgnr/{unit.organisasjonsnummer}", Facts)
        except NotFound:
            return Facts()


def facility_record(unit: Unit, facts: Facts) -> FacilityRecord:
    """Return both sources as our record: pure."""
    owner = next(
        (found.enhet for found in unit.foreldre_relasjoner or () if str(found.relasjonstype.id) == _OWNER),
        None,
    )
    latitude, longitude = _point(unit.koordinat)
    profiles = facts.pedagogisk_profil or ()
    return FacilityRecord(
        register_id=unit.organisasjonsnummer,
        name=unit.navn.strip(),
        kind=_kind(unit, facts),
        active=unit.er_aktiv,
        public=unit.er_offentlig_barnehage,
        owner_id=owner.organisasjonsnummer if owner else "",
        owner_name=(owner.navn or "") if owner else "",
        address=_address(unit),
        latitude=latitude,
        longitude=longitude,
        age_from=unit.alderstrinn_fra,
        age_to=unit.alderstrinn_til,
        children=unit.antall_barn,
        area_m2=facts.total_antall_kvadratmeter,
        opens_at=facts.apningstid_fra or "",
        closes_at=facts.apningstid_til or "",
        meals_minor=None if facts.kostpenger is None else round(facts.kostpenger * 100),
        profiles=tuple(PROFILES.get(profile, profile) for profile in profiles),
        language=_language(unit, profiles),
    )


def _kind(unit: Unit, facts: Facts) -> FacilityKind:
    names = [category.navn or "" for category in unit.barnehagekategorier or ()]
    for name in (*names, facts.type or ""):
        for word, kind in _KINDS.items():
            if name.casefold().startswith(word):
                return kind
    return FacilityKind.KINDERGARTEN


def _language(unit: Unit, profiles: tuple[str, ...]) -> str:
    """Return the language of the house: a Sami kindergarten's is Sami, whatever Norwegian it writes."""
    if "Samisk barnehage" in profiles:
        return "se"
    return _LANGUAGES.get(str(unit.maalform.id), "") if unit.maalform else ""


def _address(unit: Unit) -> PostalAddress | None:
    given = unit.beliggenhetsadresse
    if given is None:
        return None
    return PostalAddress(
        lines=(given.adresse,) if given.adresse else (),
        postcode=given.postnummer or "",
        place=given.poststed or "",
        country="NO",
        municipality=unit.kommune.kommunenummer if unit.kommune else "",
    )


def _point(coordinate: Coordinate | None) -> tuple[float | None, float | None]:
    if coordinate is None or not coordinate.breddegrad or not coordinate.lengdegrad:
        return None, None
    return coordinate.breddegrad, coordinate.lengdegrad


class _UnitList(msgspec.Struct, rename="pascal"):
    enhet_liste: tuple[Related, ...]


def _read(raw: object, kind: type[S]) -> S:
    try:
        return msgspec.convert(_renamed(raw), kind)
    except msgspec.ValidationError:
        raise Temporary("malformed") from None


def _renamed(raw: object) -> object:
    """Return the document with version 4's names in place of version 3's."""
    if isinstance(raw, Mapping):
        return {_AS_IN_V4.get(name, name): _renamed(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return [_renamed(value) for value in raw]
    return raw
