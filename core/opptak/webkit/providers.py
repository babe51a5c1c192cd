"""The identity providers a tenant's parents may choose between."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from opptak.hooks.errors import Outcome, Temporary, Unsupported
from opptak.hooks.providers import IdentityProvider
from opptak.hooks.types import Identity
from opptak.identity.errors import LoginFailed, ProviderUnavailable
from opptak.identity.issuers import Issuers
from opptak.identity.oidc import OidcLogin
from opptak.kit.clock import Clock
from opptak.tenancy.context import TenantContext

__all__ = ("LoginProvider", "LoginProviders")


class LoginProvider(msgspec.Struct, frozen=True):
    """One provider, ready to log in with."""

    plugin: IdentityProvider
    oidc: OidcLogin
    required_level: str

    @property
    def name(self) -> str:
        """Its name in the plugin that brings it."""
        return self.plugin.name

    def identity(self, claims: Mapping[str, Any]) -> Identity:
        """Return who the verified claims are about; raises LoginFailed when they do not say."""
        try:
            return self.plugin.identity(dict(claims))
        except (Outcome, KeyError, msgspec.ValidationError) as unclear:
            raise LoginFailed from unclear

    def strong_enough(self, identity: Identity) -> bool:
        """Return whether the login was as strong as the tenant asks for."""
        return not self.required_level or self.plugin.strong_enough(identity.level, self.required_level)


class LoginProviders:
    """Finds providers; what their issuers publish is remembered for all tenants."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._issuers = Issuers(http, clock)

    async def of(self, tenant: TenantContext) -> list[LoginProvider]:
        """Return the providers for parents, in the tenant's order; raises LoginFailed when there is none."""
        found = [
            await self._ready(plugin)
            for plugin in tenant.plugins.all(IdentityProvider)
            if plugin.audience == "parents"
        ]
        ready = [provider for provider in found if provider]
        if not ready:
            raise LoginFailed
        return ready

    async def named(self, tenant: TenantContext, name: str) -> LoginProvider:
        """Return a provider by name; raises LoginFailed."""
        for provider in await self.of(tenant):
            if provider.name == name:
                return provider
        raise LoginFailed

    async def _ready(self, plugin: IdentityProvider) -> LoginProvider | None:
        try:
            configuration = await plugin.oidc()
        except Unsupported:
            return None
        except Temporary as away:
            raise ProviderUnavailable from away
        except Outcome as unusable:
            raise LoginFailed from unusable
        oidc = OidcLogin(configuration, issuers=self._issuers, http=self._http, clock=self._clock)
        return LoginProvider(plugin, oidc, configuration.required_level)
