"""Kartverket's address register and background maps; open, CC BY 4.0."""

import re
from collections.abc import Sequence

import msgspec

from opptak.hooks.calls import Service, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.providers import AddressService
from opptak.hooks.types import AddressHit, CheckReport, MapLayer
from opptak_registry_no.settings import RegistrySettings

__all__ = ("Kartverket",)

MOST_HITS = 1000
_PROPERTY = re.compile(r"(\d+)/(\d+)(?:/(\d+))?(?:-\d+)?")


class Kartverket(AddressService):
    """Searches by text, and finds the point of a street address or of a property in the cadastre."""

    name = "kartverket"
    capabilities = frozenset({"geocode", "maps", "search"})

    def __init__(self, context: PluginContext) -> None:
        settings: RegistrySettings = context.settings
        self._tiles = settings.tiles_url.rstrip("/")
        self._service = Service(context.http, settings.address_url)

    async def check(self) -> CheckReport:
        """Search for a street most towns have."""
        return await probe(self.search("Storgata 1", limit=1))

    async def search(self, text: str, *, municipality: str = "", limit: int = 10) -> list[AddressHit]:
        """Return addresses that match the text, misspelt ones too; best first."""
        wanted = text.strip()
        if not wanted:
            return []
        return await self._find({"sok": wanted, "fuzzy": "true"}, municipality, limit, exact=False)

    async def geocode(self, lines: Sequence[str], *, postcode: str, municipality: str) -> AddressHit | None:
        """Return the point: exact where an address reads the same, else the best guess with `exact=False`."""
        for line in reversed(lines):
            if hits := await self._find(_address_query(line, postcode), municipality, 1, exact=True):
                return hits[0]
        hits = await self.search(" ".join(lines[-1:]), municipality=municipality, limit=1)
        return hits[0] if hits else None

    def map_layers(self) -> tuple[MapLayer, ...]:
        """Return the topographic map, and the same in grey as a quiet background."""
        return tuple(
            MapLayer(
                name=layer,
                url=f"{self._tiles}/{layer}/default/webmercator/{{z}}/{{y}}/{{x}}.png",
                attribution="© Kartverket",
            )
            for layer in ("topo", "topograatone")
        )

    async def _find(
        self, query: dict[str, str], municipality: str, limit: int, *, exact: bool
    ) -> list[AddressHit]:
        params = {**query, "treffPerSide": str(min(limit, MOST_HITS))}
        if municipality:
            params["kommunenummer"] = municipality
        answer = await self._service.get("/sok", _Answer, params=params)
        return [found.hit(exact=exact) for found in answer.adresser]


def _address_query(line: str, postcode: str) -> dict[str, str]:
    """Return the query for one line: a property number, or the text of a street address."""
    found = _PROPERTY.fullmatch(line.strip())
    if found is None:
        query = {"adressetekst": line.strip()}
        return {**query, "postnummer": postcode} if postcode else query
    farm, holding, lease = found.groups()
    query = {"gardsnummer": farm, "bruksnummer": holding}
    return {**query, "festenummer": lease} if lease else query


class _Point(msgspec.Struct):
    lat: float
    lon: float


class _Address(msgspec.Struct):
    adressetekst: str
    representasjonspunkt: _Point
    kommunenummer: str = ""
    postnummer: str = ""
    poststed: str = ""

    def hit(self, *, exact: bool) -> AddressHit:
        return AddressHit(
            text=self.adressetekst,
            postcode=self.postnummer,
            place=self.poststed,
            municipality=self.kommunenummer,
            latitude=self.representasjonspunkt.lat,
            longitude=self.representasjonspunkt.lon,
            exact=exact,
        )


class _Answer(msgspec.Struct):
    adresser: tuple[_Address, ...]
