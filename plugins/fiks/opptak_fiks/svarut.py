"""SvarUt: one way in for letters, which go digitally where the recipient reads them, else on paper.

Source: KS, SvarUt REST version 2. There is nothing to listen to: the status is asked for.
"""

from collections.abc import Sequence

import msgspec

from opptak.hooks.calls import Multipart, Service, chunks, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import NotFound, Temporary
from opptak.hooks.oauth import JwtGrant, JwtGrantTokens
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import CheckReport, Delivery, DeliveryState, Letter
from opptak_fiks.letters import ShipmentStatus, delivery, shipment
from opptak_fiks.settings import FiksSettings

__all__ = ("SvarUt",)

SCOPE = "ks:fiks"
MOST_STATUSES = 500
SETTLED_SECONDS = 120.0
"""After which a letter that was taken in all the same, by a service that did not say so, can be looked up."""
HINTS = {
    "MP-100": "fiks.hint.client",
    "MP-121": "fiks.hint.key_expired",
    "MP-124": "fiks.hint.key",
    "MP-200": "fiks.hint.scope",
}
"""Next step by the error code of Maskinporten, which gives the tokens."""


class SvarUt(DeliveryChannel):
    """Formal delivery with print as fallback."""

    name = "svarut"
    capabilities = frozenset({"legal", "print"})

    def __init__(self, context: PluginContext) -> None:
        settings: FiksSettings = context.settings
        self._settings = settings
        self._account = f"/v2/kontoer/{settings.account_id}/forsendelser"
        grant = JwtGrant(
            issuer=settings.maskinporten_url,
            token_url=f"{settings.maskinporten_url}token",
            client_id=settings.client_id,
            key=settings.private_key,
            scope=SCOPE,
            hints=HINTS,
        )
        self._service = Service(
            context.http,
            settings.svarut_url,
            tokens=JwtGrantTokens(grant, http=context.http, clock=context.clock),
            headers={
                "IntegrasjonId": settings.integration_id,
                "IntegrasjonPassord": settings.integration_password,
            },
            code_fields=("errorCode",),
        )

    async def check(self) -> CheckReport:
        """Ask for the status of no letter at all."""
        return await probe(self._ask([]))

    async def send(self, letter: Letter) -> Delivery:
        """Hand the letter over; one sent under the same key before is found again and not sent twice."""
        order = shipment(letter, accounting_code=self._settings.accounting_code, colour=self._settings.colour)
        if sent := await self._sent_before(letter.key):
            return Delivery(reference=sent, state=DeliveryState.ACCEPTED)
        document = order.dokumenter[0]
        parts: Multipart = [
            ("forsendelse", (None, msgspec.json.encode(order), "application/json")),
            ("filer_0", (document.filnavn, letter.pdf, document.mime_type)),
        ]
        return Delivery(reference=await self._hand_over(parts), state=DeliveryState.ACCEPTED)

    async def status(self, references: Sequence[str]) -> list[Delivery]:
        """Return where the letters are, a few hundred at a call."""
        found: list[Delivery] = []
        for some in chunks(references, MOST_STATUSES):
            found += await self._ask(some)
        return found

    async def _hand_over(self, parts: Multipart) -> str:
        """Return the letter's id at the service.

        Where no receipt comes the letter may be taken in yet: it is not handed over again before it could
        be found. A service that says when to come again has not taken it.
        """
        try:
            return (await self._service.post(self._account, _Receipt, files=parts)).id
        except Temporary as error:
            if error.retry_after is not None:
                raise
            raise Temporary(error.code, hint=error.hint, retry_after=SETTLED_SECONDS) from error

    async def _sent_before(self, key: str) -> str | None:
        try:
            found = await self._service.get(self._account, _Found, params={"eksternRef": key})
        except NotFound:
            return None
        return next(iter(found.forsendelse_ids), None)

    async def _ask(self, references: Sequence[str]) -> list[Delivery]:
        answer = await self._service.post(
            f"{self._account}/status-sok", _Statuses, json={"forsendelseIds": list(references)}
        )
        return [delivery(status) for status in answer.statuser]


class _Found(msgspec.Struct, rename="camel"):
    forsendelse_ids: tuple[str, ...] = ()


class _Receipt(msgspec.Struct):
    id: str


class _Statuses(msgspec.Struct):
    statuser: tuple[ShipmentStatus, ...]
