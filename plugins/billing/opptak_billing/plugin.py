"""The plugin: which families it provides."""

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import Ledger
from opptak_billing.ledger import FileLedger
from opptak_billing.settings import BillingSettings


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="billing",
        title="billing.title",
        requires=">=1.0,<2",
        version="0.1.0",
        provides=frozenset({"ledger"}),
        settings=BillingSettings,
        package="opptak_billing",
    )


@hookimpl
def opptak_ledger(context: PluginContext) -> Ledger:
    """The ledger file."""
    return FileLedger(context)
