"""The HTTP face of the register (Skatteetaten, Folkeregisteret API 1.6, med hjemmel)."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency as Given
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.folkeregisteret.documents import Element, document
from opptak_simulators.no.folkeregisteret.extracts import Extracts
from opptak_simulators.no.folkeregisteret.feed import Event, Feed, etag
from opptak_simulators.no.folkeregisteret.parts import properties
from opptak_simulators.no.folkeregisteret.register import Filter, Register
from opptak_simulators.no.maskinporten import FREG_SCOPE
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.tokens import Clock, Doorman, consumer_of
from opptak_simulators.society.model import Country

BASE = "/offentlig-med-hjemmel/api/v1"
MOST_LOOKUPS = 1000

Parts = FromQuery[list[str] | None]
Numbers = Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_LOOKUPS)]


class Lookup(Struct, frozen=True, rename="camel"):
    foedsels_eller_d_nummer: Numbers


class Residence(Struct, frozen=True):
    bostedskommunenummer: str


class ExtractOrder(Struct, frozen=True, rename="camel"):
    """Filter of an extract; birth years are texts, as the authority wants them."""

    personstatustyper: Annotated[list[str], msgspec.Meta(min_length=1)]
    kommunenummer: Residence | None = None
    foedselsaar_fra_og_med: str = "1800"
    foedselsaar_til_og_med: str = "2200"

    def filter(self) -> Filter:
        try:
            born_from, born_to = int(self.foedselsaar_fra_og_med), int(self.foedselsaar_til_og_med)
        except ValueError:
            raise Refusal(400, "Ugyldig foedselsaar", code="FREG-400") from None
        return Filter(
            statuses=frozenset(self.personstatustyper),
            municipality=self.kommunenummer.bostedskommunenummer if self.kommunenummer else None,
            born_from=born_from,
            born_to=born_to,
        )


class People(Controller):
    path = "/personer"

    @get("/{number:str}")
    async def one(self, number: FromPath[str], register: Given[Register], part: Parts = None) -> Element:
        """One person; a replaced number leads to the continuing one."""
        wanted = properties(part)
        person = register.person(number)
        if person is None:
            raise Refusal(404, "Fant ikke person", code="FREG-404")
        return document(person, register, properties=wanted)

    @post("/bulkoppslag", status_code=200)
    async def many(self, data: JSONBody[Lookup], register: Given[Register], part: Parts = None) -> Element:
        """Up to a thousand people; each unknown one carries its own message."""
        wanted = properties(part)
        return {
            "oppslag": [_lookup(number, register, wanted=wanted) for number in data.foedsels_eller_d_nummer]
        }


def _lookup(number: str, register: Register, *, wanted: tuple[str, ...]) -> Element:
    person = register.person(number)
    found: Element = {"feilmelding": {"feilmelding": "Fant ikke person"}}
    if person is not None:
        found = {"folkeregisterperson": document(person, register, properties=wanted)}
    return {"foedselsEllerDNummer": number, **found}


class ExtractJobs(Controller):
    path = "/uttrekk"

    @post("/tilpasset", status_code=200)
    async def order(
        self,
        request: AnyRequest,
        data: JSONBody[ExtractOrder],
        register: Given[Register],
        extracts: Given[Extracts],
    ) -> Element:
        """Start a job that collects the numbers a filter finds."""
        numbers = register.matching(data.filter())
        return {"jobbId": extracts.open(consumer_of(request), numbers)}

    @get("/{job_id:str}/batch/{number:int}")
    async def batch(
        self, request: AnyRequest, job_id: FromPath[str], number: FromPath[int], extracts: Given[Extracts]
    ) -> Element:
        numbers = extracts.batch(consumer_of(request), job_id, number)
        return {"foedselsEllerDNummer": numbers} if numbers else {}


class Events(Controller):
    path = "/hendelser"

    @get("/feed")
    async def feed(
        self, request: Request[Any, Any, Any], seq: FromQuery[int], feed: Given[Feed]
    ) -> Response[list[Element] | None]:
        """A page from a sequence number on, the number itself included."""
        events = feed.page(seq)
        tag = etag(seq, events)
        if request.headers.get("if-none-match") == tag:
            return Response(None, status_code=304, headers={"ETag": tag})
        return Response([_event(event) for event in events], headers={"ETag": tag})

    @get("/siste/sekvensnummer")
    async def last_number(self, feed: Given[Feed]) -> int:
        return feed.last_number()


def _event(event: Event) -> Element:
    return {
        "sekvensnummer": event.number,
        "hendelse": {
            "folkeregisteridentifikator": event.person,
            "hendelsetype": event.type,
            "ajourholdstidspunkt": event.at.isoformat(),
        },
    }


def _speaks_json(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """XML exists at the authority but not here."""
    accepted = connection.headers.get("accept", "*/*")
    if not any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
        raise Refusal(406, "Ugyldig Accept", code="FREG-406")


def _error(_: AnyRequest, refusal: Refusal) -> object:
    if not refusal.code:
        return {"feilmelding": refusal.message}
    return {"kode": refusal.code, "melding": refusal.message}


def create_app(country: Country, ground: TrainingGround, *, clock: Clock) -> Litestar:
    doorman = Doorman(ground, clock=clock, scopes=frozenset({FREG_SCOPE}))
    return application(
        [People, ExtractJobs, Events],
        shape=_error,
        path=BASE,
        guards=[doorman, _speaks_json],
        dependencies={
            "register": Register(country, clock=clock),
            "extracts": Extracts(clock=clock),
            "feed": Feed(country, clock=clock),
        },
    )
