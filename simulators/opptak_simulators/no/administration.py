"""A municipality's administration system behind a neutral JSON interface.

It hands out the places children hold already and takes in what the platform exports.
"""

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Litestar, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency as Given
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.tokens import Clock, bearer
from opptak_simulators.society.model import Country, Placement


class Export(Struct, frozen=True):
    """What a platform handed over: `placements` as it sent them."""

    placements: list[dict[str, Any]]


class Acknowledgement(Struct, frozen=True):
    id: str
    received: int
    at: datetime


class Delivery(Struct, frozen=True):
    """A stored export with the digest of its bytes."""

    municipality: str
    key: str
    digest: str
    export: Export
    acknowledgement: Acknowledgement


class Ledger:
    """Deliveries by municipality and idempotency key."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._deliveries: dict[tuple[str, str], Delivery] = {}

    def take(self, municipality: str, *, key: str, body: bytes) -> Acknowledgement:
        """Store an export once; the same key with another content is a 409."""
        digest = hashlib.sha256(body).hexdigest()
        known = self._deliveries.get((municipality, key))
        if known is not None:
            if known.digest != digest:
                raise Refusal(409, "The key was used for another export", code="key_reused")
            return known.acknowledgement
        export = _export(body)
        receipt = Acknowledgement(str(uuid.uuid4()), len(export.placements), self._clock())
        delivery = Delivery(municipality, key, digest, export, receipt)
        self._deliveries[municipality, key] = delivery
        return receipt

    def deliveries(self, municipality: str) -> list[Delivery]:
        return [d for d in self._deliveries.values() if d.municipality == municipality]


def _export(body: bytes) -> Export:
    try:
        return msgspec.json.decode(body, type=Export)
    except ValueError as error:
        raise Refusal(400, str(error), code="malformed") from None


class Keys:
    """Guard: each municipality's key opens its own placements only."""

    def __init__(self, ground: TrainingGround) -> None:
        self._ground = ground

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        key = bearer(connection)
        access = self._ground.access(connection.path_params["municipality"])
        if access is None:
            raise Refusal(404, "Unknown municipality", code="not_found")
        if not secrets.compare_digest(key.encode(), access.administration_key.encode()):
            raise Refusal(403, "The key belongs to somebody else", code="forbidden")


class Placements(Controller):
    path = "/api/v1/{municipality:str}/placements"

    @get("/")
    async def current(self, municipality: FromPath[str], country: Given[Country]) -> dict[str, object]:
        """Every place held on 1 January of the intake year."""
        held = [place for place in country.placements if place.municipality == municipality]
        return {"municipality": municipality, "placements": [row(place) for place in held]}

    @post("/", status_code=200)
    async def deliver(
        self, request: AnyRequest, municipality: FromPath[str], ledger: Given[Ledger]
    ) -> Acknowledgement:
        """Take in an export; `Idempotency-Key` makes a repetition harmless."""
        key = request.headers.get("idempotency-key", "")
        if not key:
            raise Refusal(400, "Idempotency-Key is missing", code="no_key")
        return ledger.take(municipality, key=key, body=await request.body())


def row(place: Placement) -> dict[str, object]:
    """One placement; `days` are ISO weekdays, `to` is the last day or null."""
    return {
        "id": place.id,
        "kindergarten_orgnr": place.kindergarten,
        "department": place.department,
        "child_pid": place.child,
        "hours_week": place.hours_week,
        "days": list(place.days),
        "from": place.since.isoformat(),
        "to": place.until.isoformat() if place.until else None,
    }


def _error(_: AnyRequest, refusal: Refusal) -> object:
    return {"code": refusal.code, "message": refusal.message}


def create_app(country: Country, ground: TrainingGround, *, ledger: Ledger) -> Litestar:
    return application(
        [Placements],
        shape=_error,
        guards=[Keys(ground)],
        dependencies={"country": country, "ledger": ledger},
    )
