"""Kontakt- og reservasjonsregisteret (KRR), REST version 2: how people may be reached. Source: Digdir."""

from collections.abc import Sequence

import msgspec

from opptak.hooks.calls import Service, chunks, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.providers import ContactRegister
from opptak.hooks.types import CheckReport, Contact
from opptak_registry_no.maskinporten import tokens
from opptak_registry_no.settings import RegistrySettings

__all__ = ("ContactAndReservationRegister",)

SCOPE = "krr:global/kontaktinformasjon.read"
MOST_LOOKUPS = 1000


class ContactAndReservationRegister(ContactRegister):
    """E-mail, mobile, language, and who has reserved against digital decisions."""

    name = "krr"
    capabilities = frozenset({"language", "reservation"})

    def __init__(self, context: PluginContext) -> None:
        settings: RegistrySettings = context.settings
        self._tokens = tokens(context, SCOPE)
        self._service = Service(context.http, settings.contact_url, tokens=self._tokens)

    async def check(self) -> CheckReport:
        """Fetch a token: the register offers no call that is about nobody."""
        return await probe(self._tokens.token())

    async def contacts(self, numbers: Sequence[str]) -> list[Contact]:
        """Return one contact for each number; whom the register leaves out is not registered."""
        found: dict[str, Contact] = {}
        for some in chunks(list(dict.fromkeys(numbers)), MOST_LOOKUPS):
            answer = await self._service.post(
                "/personer",
                _Answer,
                json={"personidentifikatorer": list(some), "inkluderIkkeRegistrerte": True},
            )
            found |= {entry.personidentifikator: entry.contact() for entry in answer.personer}
        return [found.get(number) or Contact(identity_number=number) for number in numbers]


class _Channels(msgspec.Struct):
    epostadresse: str | None = None
    mobiltelefonnummer: str | None = None


class _Entry(msgspec.Struct):
    personidentifikator: str
    reservasjon: str = "NEI"
    status: str = "IKKE_REGISTRERT"
    varslingsstatus: str = "KAN_IKKE_VARSLES"
    kontaktinformasjon: _Channels | None = None
    spraak: str | None = None

    def contact(self) -> Contact:
        """Return the entry as ours.

        The register itself says whether a channel is fresh enough for notices about decisions: used or
        confirmed within 18 months (eForvaltningsforskriften § 32).
        """
        channels = self.kontaktinformasjon or _Channels()
        reserved = self.reservasjon == "JA"
        active = self.status == "AKTIV"
        return Contact(
            identity_number=self.personidentifikator,
            registered=active,
            email=channels.epostadresse or "",
            mobile=channels.mobiltelefonnummer or "",
            reserved=reserved,
            may_notify=active and not reserved and self.varslingsstatus == "KAN_VARSLES",
            language=self.spraak or "",
        )


class _Answer(msgspec.Struct):
    personer: tuple[_Entry, ...]
