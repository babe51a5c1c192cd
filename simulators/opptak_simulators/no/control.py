"""Levers behind the scenes: faults, time for letters, and a look at what arrived."""

import hashlib
from collections import Counter
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Litestar, Response, delete, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from opptak_simulators.faults import Fault, FaultKind, Faults
from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.administration import Delivery, Ledger
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.samples import SampleParent, Samples
from opptak_simulators.no.svarut.post_office import PostOffice
from opptak_simulators.no.svarut.shipment import Shipment
from opptak_simulators.no.tokens import WorldClock

AUTHORITIES = (
    "maskinporten",
    "folkeregisteret",
    "krr",
    "svarut",
    "nbr",
    "barnehagefakta",
    "kartverket",
    "idporten",
    "administration",
)

Positive = Annotated[int, msgspec.Meta(ge=1)]


class FaultOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """`count` calls are hit (all when absent), of any `method` when absent; `seconds` is the delay or the
    Retry-After.
    """

    authority: str
    kind: FaultKind
    count: Positive | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    method: str | None = None


class TimeOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """`seconds` make letters at SvarUt older; `now` sets the clock of the whole country."""

    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0
    now: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class FaultSwitches(Controller):
    path = "/faults"

    @get("/")
    async def active(self, faults: Given[Faults]) -> dict[str, Fault]:
        return faults.active()

    @post("/", status_code=200)
    async def switch_on(self, data: JSONBody[FaultOrder], faults: Given[Faults]) -> dict[str, Fault]:
        """Switch a fault on, in place of the authority's last one."""
        if data.authority not in AUTHORITIES:
            raise Refusal(400, f"Unknown authority: {data.authority}")
        faults.switch_on(data.authority, Fault(data.kind, data.count, data.seconds, data.method))
        return faults.active()

    @delete("/", status_code=204)
    async def switch_off(self, faults: Given[Faults], authority: FromQuery[str | None] = None) -> None:
        """Switch one authority's fault off, or all of them."""
        faults.switch_off(authority)


class Letters(Controller):
    path = "/svarut/letters"

    @get("/")
    async def of_municipality(
        self,
        municipality: FromQuery[str],
        ground: Given[TrainingGround],
        post_office: Given[PostOffice],
    ) -> dict[str, object]:
        """What a municipality has sent, with the number in each status."""
        access = ground.access(municipality)
        if access is None:
            raise Refusal(404, "Unknown municipality")
        shipments = list(post_office.shipments(access.account_id))
        return {
            "count": len(shipments),
            "by_status": dict(Counter(post_office.status(shipment) for shipment in shipments)),
            "letters": [_letter(shipment, post_office) for shipment in shipments],
        }

    @get("/{shipment_id:str}/documents/{index:int}")
    async def document(
        self, shipment_id: FromPath[str], index: FromPath[int], post_office: Given[PostOffice]
    ) -> Response[bytes]:
        """The stored bytes of one document, counted from 0."""
        shipment = post_office.shipment(shipment_id)
        if shipment is None or not 0 <= index < len(shipment.documents):
            raise Refusal(404, "No such document")
        media_type = shipment.order.dokumenter[index].mime_type
        return Response(shipment.documents[index], media_type=media_type)


def _letter(shipment: Shipment, post_office: PostOffice) -> dict[str, object]:
    return {
        "id": shipment.id,
        "reference": shipment.order.ekstern_referanse,
        "title": shipment.order.tittel,
        "recipient": shipment.order.mottaker,
        "status": post_office.status(shipment),
        "route": shipment.route,
        "received": shipment.received,
        "documents": [
            {
                "name": document.filnavn,
                "mime_type": document.mime_type,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for document, content in zip(shipment.order.dokumenter, shipment.documents, strict=True)
        ],
    }


@get("/health")
async def health(clock: Given[WorldClock]) -> dict[str, datetime]:
    """Answers as soon as everything else does."""
    return {"now": clock()}


@post("/time", status_code=200)
async def set_time(
    data: JSONBody[TimeOrder], clock: Given[WorldClock], post_office: Given[PostOffice]
) -> dict[str, datetime]:
    """Set the country's clock, let letters grow older, or both; no token ages by the latter."""
    if data.now is not None:
        clock.set(data.now)
    post_office.advance(data.seconds)
    return {"now": clock()}


@get("/sample-parents")
async def sample_parents(
    samples: Given[Samples],
    municipality: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 10,
) -> list[SampleParent]:
    """Parents of children without a place, unusual families first."""
    return samples.parents(municipality)[:limit]


@get("/administration/exports")
async def exports(municipality: FromQuery[str], ledger: Given[Ledger]) -> list[Delivery]:
    """What a platform has handed over to a municipality's administration system."""
    return ledger.deliveries(municipality)


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"message": refusal.message}


def create_app(
    ground: TrainingGround,
    *,
    clock: WorldClock,
    faults: Faults,
    post_office: PostOffice,
    ledger: Ledger,
    samples: Samples,
) -> Litestar:
    return application(
        [health, FaultSwitches, Letters, set_time, sample_parents, exports],
        shape=_error,
        dependencies={
            "ground": ground,
            "clock": clock,
            "faults": faults,
            "post_office": post_office,
            "ledger": ledger,
            "samples": samples,
        },
    )
