"""Maskinporten: tokens for machines, in the name of the municipality that delegated its rights."""

from opptak.hooks.context import PluginContext
from opptak.hooks.oauth import JwtGrant, JwtGrantTokens
from opptak_registry_no.settings import RegistrySettings

__all__ = ("tokens",)

HINTS = {
    "MP-100": "registry_no.hint.client",
    "MP-110": "registry_no.hint.issuer",
    "MP-121": "registry_no.hint.key_expired",
    "MP-124": "registry_no.hint.key",
    "MP-130": "registry_no.hint.clock",
    "MP-200": "registry_no.hint.scope",
    "MP-201": "registry_no.hint.scope",
    "MP-250": "registry_no.hint.not_granted",
    "MP-251": "registry_no.hint.not_delegated",
}
"""Next step by Digdir's error code."""


def tokens(context: PluginContext, scope: str) -> JwtGrantTokens:
    """Return the source of tokens for a scope."""
    settings: RegistrySettings = context.settings
    grant = JwtGrant(
        issuer=settings.maskinporten_url,
        token_url=f"{settings.maskinporten_url}token",
        client_id=settings.client_id,
        key=settings.private_key,
        scope=scope,
        claims={"consumer_org": settings.consumer},
        hints=HINTS,
    )
    return JwtGrantTokens(grant, http=context.http, clock=context.clock)
