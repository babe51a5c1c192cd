"""ID-porten: parents log in with the electronic identity they have. Source: Digdir, ID-porten OIDC."""

from collections.abc import Mapping

import msgspec

from opptak.hooks.calls import Service, probe
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Permanent
from opptak.hooks.providers import IdentityProvider
from opptak.hooks.types import CheckReport, Identity, OidcConfiguration
from opptak_registry_no.numbers import is_identity_number
from opptak_registry_no.settings import RegistrySettings

__all__ = ("IdPorten",)

LEVELS = ("idporten-loa-low", "idporten-loa-substantial", "idporten-loa-high")
"""Assurance levels, weakest first."""


class IdPorten(IdentityProvider):
    """The public sector's common login."""

    name = "idporten"
    audience = "parents"

    def __init__(self, context: PluginContext) -> None:
        self._context = context
        self._settings: RegistrySettings = context.settings

    async def check(self) -> CheckReport:
        """Read the provider's public configuration."""
        service = Service(self._context.http, self._settings.idporten_url)
        return await probe(service.get("/.well-known/openid-configuration", _Discovery))

    async def oidc(self) -> OidcConfiguration:
        """Return the configuration for the code flow."""
        settings = self._settings
        return OidcConfiguration(
            issuer=settings.idporten_url,
            client_id=settings.idporten_client_id,
            client_secret=settings.idporten_client_secret,
            scope="openid profile",
            levels=LEVELS,
            required_level=settings.idporten_level,
            ui_locales={"nb": "nb", "nn": "nn", "se": "se", "en": "en"},
        )

    def identity(self, claims: Mapping[str, object]) -> Identity:
        """Return who logged in; `pid` may be missing for foreign identities.

        Raises Permanent for claims without subject, or with an impossible number.
        """
        try:
            given = msgspec.convert(dict(claims), _Claims)
        except msgspec.ValidationError:
            raise Permanent("claims_unreadable") from None
        today = self._context.clock.now().date()
        if given.pid and not is_identity_number(given.pid, on=today, synthetic=self._settings.synthetic):
            raise Permanent("pid_impossible")
        return Identity(subject=given.sub, identity_number=given.pid, level=given.acr)

    def strong_enough(self, level: str, required: str) -> bool:
        """Return whether a level is at least the required one; an unknown level never is."""
        if level not in LEVELS or required not in LEVELS:
            return False
        return LEVELS.index(level) >= LEVELS.index(required)


class _Claims(msgspec.Struct):
    sub: str
    pid: str | None = None
    acr: str = ""


class _Discovery(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
