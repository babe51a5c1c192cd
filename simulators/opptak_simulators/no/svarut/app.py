"""The HTTP face of SvarUt."""

import secrets
import uuid
from typing import Annotated, Any

import msgspec
from litestar import Controller, Litestar, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from opptak_simulators.ground import MunicipalAccess, TrainingGround
from opptak_simulators.no.app_kit import application
from opptak_simulators.no.maskinporten import FIKS_SCOPE
from opptak_simulators.no.refusals import AnyRequest, Refusal
from opptak_simulators.no.svarut.post_office import PostOffice
from opptak_simulators.no.svarut.shipment import Order, Shipment
from opptak_simulators.no.tokens import Clock, Doorman


class StatusQuery(Struct, frozen=True, rename="camel"):
    forsendelse_ids: list[str]


class ReadNotice(Struct, frozen=True, rename="camel"):
    fnr: str
    tidspunkt: str | None = None
    eksternt_systemnavn: str | None = None


class Integrations:
    """Guard: the integration's name and password beside the token (KS Fiks)."""

    def __init__(self, ground: TrainingGround) -> None:
        self._by_id = {access.integration_id: access for access in ground.municipalities}

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        access = self._by_id.get(connection.headers.get("integrasjonid", ""))
        password = connection.headers.get("integrasjonpassord", "")
        if access is None or not secrets.compare_digest(
            password.encode(), access.integration_password.encode()
        ):
            raise Refusal(401, "Ukjent integrasjon", code="UNAUTHORIZED")
        connection.state.access = access


class Accounts(Controller):
    path = "/api/v2/kontoer/{account:str}/forsendelser"

    @post("/", status_code=200)
    async def send(
        self, request: AnyRequest, account: FromPath[str], post_office: Given[PostOffice]
    ) -> dict[str, str]:
        """Take in a letter: the part `forsendelse`, then one file for each document."""
        _require_account(request, account)
        order, files = await _parts(request)
        documents = [await _content(document.filnavn, files) for document in order.dokumenter]
        return {"id": post_office.take(account, order, documents).id}

    @get("/")
    async def by_reference(
        self,
        request: AnyRequest,
        account: FromPath[str],
        post_office: Given[PostOffice],
        reference: Annotated[str, QueryParameter(name="eksternRef")],
    ) -> dict[str, list[str]]:
        """Ids of the letters sent under a reference; empty when there is none."""
        _require_account(request, account)
        return {"forsendelseIds": post_office.referenced(account, reference)}

    @post("/status-sok", status_code=200)
    async def statuses(
        self,
        request: AnyRequest,
        account: FromPath[str],
        data: JSONBody[StatusQuery],
        post_office: Given[PostOffice],
    ) -> dict[str, object]:
        """Newest status of each letter of the account; others are left out."""
        _require_account(request, account)
        found = [post_office.shipment(shipment_id) for shipment_id in data.forsendelse_ids]
        own = [shipment for shipment in found if shipment and shipment.account == account]
        return {"statuser": [_status(shipment, post_office) for shipment in own]}


class Shipments(Controller):
    path = "/api/v2/forsendelser/{shipment_id:str}"

    @post("/lest", status_code=204)
    async def read(
        self,
        request: AnyRequest,
        shipment_id: FromPath[str],
        data: JSONBody[ReadNotice],
        post_office: Given[PostOffice],
    ) -> None:
        """The recipient has read the letter in another system."""
        shipment = _own_shipment(request, shipment_id, post_office)
        if shipment.order.mottaker.digital_id != data.fnr:
            raise Refusal(400, "Personen er ikke mottaker", code="BAD_REQUEST")
        post_office.mark_read(shipment)

    @get("/hendelser")
    async def events(
        self, request: AnyRequest, shipment_id: FromPath[str], post_office: Given[PostOffice]
    ) -> dict[str, object]:
        shipment = _own_shipment(request, shipment_id, post_office)
        return {
            "hendelser": [
                {"tidspunkt": event.at.isoformat(), "hendelse": event.status}
                for event in post_office.events(shipment)
            ]
        }


async def _parts(request: AnyRequest) -> tuple[Order, dict[str, UploadFile]]:
    """The order and the files by their file names."""
    form = await request.form()
    text = form.get("forsendelse")
    if isinstance(text, UploadFile):
        text = (await text.read()).decode()
    if not isinstance(text, str):
        raise Refusal(400, "Mangler delen forsendelse", code="BAD_REQUEST")
    uploads = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
    return _order(text), {upload.filename: upload for upload in uploads}


def _order(text: str) -> Order:
    try:
        order = msgspec.json.decode(text, type=Order)
    except ValueError as error:
        raise Refusal(400, str(error), code="BAD_REQUEST") from None
    names = [document.filnavn for document in order.dokumenter]
    if len(set(names)) < len(names):
        raise Refusal(400, "Filnavn er ikke unike", code="BAD_REQUEST")
    if order.krev_niva4_innlogging and not order.kryptert:
        raise Refusal(400, "krevNiva4Innlogging krever kryptert", code="BAD_REQUEST")
    if order.kun_digital_levering and order.mottaker.digital_id is None:
        raise Refusal(400, "kunDigitalLevering krever digitalId", code="BAD_REQUEST")
    return order


async def _content(name: str, files: dict[str, UploadFile]) -> bytes:
    upload = files.get(name)
    if upload is None:
        raise Refusal(400, f"Mangler fil: {name}", code="BAD_REQUEST")
    return await upload.read()


def _require_account(request: AnyRequest, account: str) -> None:
    access: MunicipalAccess = request.state.access
    if access.account_id != account:
        raise Refusal(403, "Integrasjonen har ikke tilgang til kontoen", code="FORBIDDEN")


def _own_shipment(request: AnyRequest, shipment_id: str, post_office: PostOffice) -> Shipment:
    shipment = post_office.shipment(shipment_id)
    if shipment is None:
        raise Refusal(404, "Fant ikke forsendelse", code="NOT_FOUND")
    _require_account(request, shipment.account)
    return shipment


def _status(shipment: Shipment, post_office: PostOffice) -> dict[str, object]:
    newest = post_office.events(shipment)[-1]
    return {
        "id": shipment.id,
        "status": newest.status,
        "sisteStatusEndring": newest.at.isoformat(),
    }


def create_app(post_office: PostOffice, ground: TrainingGround, *, clock: Clock) -> Litestar:
    def error(request: AnyRequest, refusal: Refusal) -> object:
        return {
            "timestamp": int(clock().timestamp() * 1000),
            "status": refusal.status,
            "error": refusal.code or "BAD_REQUEST",
            "errorId": str(uuid.uuid4()),
            "path": request.url.path,
            "originalPath": request.url.path,
            "message": refusal.message,
            "errorCode": refusal.code,
            "errorJson": None,
        }

    doorman = Doorman(ground, clock=clock, scopes=frozenset({FIKS_SCOPE}))
    return application(
        [Accounts, Shipments],
        shape=error,
        guards=[doorman, Integrations(ground)],
        dependencies={"post_office": post_office},
    )
