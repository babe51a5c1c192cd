"""The plugin: which families it provides."""

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import DeliveryChannel
from opptak_fiks.settings import FiksSettings, training_settings
from opptak_fiks.svarut import SvarUt


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="fiks",
        title="fiks.title",
        requires=">=1.0,<2",
        version="0.1.0",
        country="no",
        provides=frozenset({"delivery"}),
        settings=FiksSettings,
        training=training_settings,
        package="opptak_fiks",
    )


@hookimpl
def opptak_delivery(context: PluginContext) -> DeliveryChannel:
    """SvarUt."""
    return SvarUt(context)
