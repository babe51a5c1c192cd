"""Local accounts: staff log in with a password kept by the platform, for want of a directory of their own."""

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import IdentityProvider

__all__ = ("LocalAccounts",)


class LocalAccounts(IdentityProvider):
    """No outside is involved: the platform itself checks the password."""

    name = "local"
    audience = "staff"


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="accounts",
        title="accounts.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"identity_providers"}),
        package="opptak",
        always_on=True,
    )


@hookimpl
def opptak_identity_providers(context: PluginContext) -> IdentityProvider:
    """Local accounts."""
    return LocalAccounts()
