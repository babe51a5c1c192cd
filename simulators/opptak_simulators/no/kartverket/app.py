"""The HTTP face of the address API: free text, criteria, or a point."""

import struct
import zlib
from functools import cache
from typing import Annotated

import msgspec
from litestar import Controller, Litestar, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from opptak_simulators.no.app_kit import application
from opptak_simulators.no.kartverket.gazetteer import Criteria, Gazetteer, gazetteer, municipality_name
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.society.model import Address, AddressKind

COORDINATE_SYSTEMS = (4258, 4326)
"""Systems in degrees; the same to a metre."""

_WINDOW = 10_000
_UPDATED = "2026-01-01T00:00:00"

Hit = dict[str, object]


class Sheet(Struct, frozen=True):
    """One page of hits; pages are counted from 0."""

    size: int
    number: int
    system: int

    @property
    def start(self) -> int:
        return self.size * self.number


def sheet(
    size: Annotated[int, QueryParameter(name="treffPerSide", ge=1, le=1000)] = 10,
    side: Annotated[int, QueryParameter(ge=0)] = 0,
    utkoordsys: FromQuery[int] = 4258,
) -> Sheet:
    """The page asked for; 400 beyond ten thousand hits or for a system there is not."""
    if size * (side + 1) > _WINDOW:
        raise Refusal(400, "treffPerSide * side kan ikke overstige 10000")
    if utkoordsys not in COORDINATE_SYSTEMS:
        raise Refusal(400, "Ugyldig utkoordsys")
    return Sheet(size=size, number=side, system=utkoordsys)


class Text(Struct, frozen=True):
    """The free-text half of a search."""

    sok: str | None
    fuzzy: bool
    every_word: bool


def text(
    sok: FromQuery[str | None] = None, fuzzy: FromQuery[bool] = False, sokemodus: FromQuery[str] = "AND"
) -> Text:
    """The words asked for; 400 for a mode there is not."""
    if sokemodus not in ("AND", "OR"):
        raise Refusal(400, "Ugyldig sokemodus")
    return Text(sok=sok, fuzzy=fuzzy, every_word=sokemodus == "AND")


def criteria(request: AnyRequest) -> Criteria:
    """The named parameters; 400 when a number is none."""
    asked = {
        name: value for name, value in request.query_params.items() if name in Criteria.__struct_fields__
    }
    try:
        return msgspec.convert(asked, Criteria, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(400, str(error)) from None


class Addresses(Controller):
    path = "/adresser/v1"

    @get("/sok")
    async def search(
        self,
        request: AnyRequest,
        gazetteer: Given[Gazetteer],
        page: Given[Sheet],
        words: Given[Text],
        wanted: Given[Criteria],
    ) -> Hit:
        """Addresses by text and criteria; none is an empty list, no question is an error."""
        if words.sok is None and not wanted.asked():
            raise Refusal(400, "Minst én søkeparameter må oppgis")
        found = gazetteer.matching(wanted, text=words.sok, fuzzy=words.fuzzy, every_word=words.every_word)
        shown = found[page.start : page.start + page.size]
        hits = [described(address, system=page.system) for address in shown]
        return _answer(request, hits, total=len(found), page=page)

    @get("/punktsok")
    async def around(
        self,
        request: AnyRequest,
        gazetteer: Given[Gazetteer],
        page: Given[Sheet],
        lat: FromQuery[float],
        lon: FromQuery[float],
        radius: Annotated[float, QueryParameter(ge=0)],
    ) -> Hit:
        """Addresses around a point, nearest first; the radius is in metres."""
        found = gazetteer.around(lat, lon, radius=radius)
        hits = [
            {**described(address, system=page.system), "meterDistanseTilPunkt": round(metres, 2)}
            for metres, address in found[page.start : page.start + page.size]
        ]
        return _answer(request, hits, total=len(found), page=page)


@get("/v1/wmts/1.0.0/{layer:str}/default/webmercator/{z:int}/{y:int}/{x:str}")
async def tile(layer: FromPath[str], z: FromPath[int], y: FromPath[int], x: FromPath[str]) -> Response[bytes]:
    """One and the same plain tile for every square of every layer."""
    return Response(plain_tile(), media_type="image/png")


@cache
def plain_tile() -> bytes:
    """A grey square with an edge, 256 pixels wide (PNG, RFC 2083)."""
    edge, inside = b"\x00" + b"\xc8" * 256, b"\x00\xc8" + b"\xe6" * 254 + b"\xc8"
    header = struct.pack(">2I5B", 256, 256, 8, 0, 0, 0, 0)
    pixels = zlib.compress(edge + inside * 254 + edge)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def described(address: Address, *, system: int) -> Hit:
    """One hit as the API writes it."""
    cadastral = address.kind is AddressKind.CADASTRAL
    prefix = f"{address.place}, " if address.place else ""
    return {
        "objtype": "Matrikkeladresse" if cadastral else "Vegadresse",
        "adressenavn": address.street,
        "adressetekst": f"{prefix}{address.line}",
        "adressetekstutenadressetilleggsnavn": address.line,
        "adressetilleggsnavn": address.place or None,
        "adressekode": address.code,
        "nummer": address.number,
        "bokstav": address.letter,
        "kommunenummer": address.municipality,
        "kommunenavn": municipality_name(address),
        "gardsnummer": address.farm,
        "bruksnummer": address.holding,
        "festenummer": 0,
        "undernummer": None,
        "bruksenhetsnummer": [address.unit] if address.unit else [],
        "postnummer": address.postcode,
        "poststed": address.town,
        "stedfestingverifisert": True,
        "representasjonspunkt": {
            "epsg": f"EPSG:{system}",
            "lat": address.lat,
            "lon": address.lon,
        },
        "oppdateringsdato": _UPDATED,
    }


def _answer(request: AnyRequest, hits: list[Hit], *, total: int, page: Sheet) -> Hit:
    return {
        "metadata": {
            "totaltAntallTreff": total,
            "treffPerSide": page.size,
            "side": page.number,
            "viserFra": page.start,
            "viserTil": page.start + len(hits),
            "sokeStreng": request.url.query,
            "asciiKompatibel": True,
        },
        "adresser": hits,
    }


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"message": refusal.message}


def create_app() -> Litestar:
    return application(
        [Addresses, tile],
        shape=_error,
        dependencies={"gazetteer": gazetteer()},
        readers={"page": sheet, "words": text, "wanted": criteria},
    )
