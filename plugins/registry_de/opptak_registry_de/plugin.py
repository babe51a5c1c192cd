"""The plugin: which families it provides."""

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import IntakeChannel
from opptak_registry_de.intake import FileIntake


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="registry_de",
        title="registry_de.title",
        requires=">=1.0,<2",
        version="0.1.0",
        country="de",
        provides=frozenset({"intake"}),
        package="opptak_registry_de",
    )


@hookimpl
def opptak_intake(context: PluginContext) -> IntakeChannel:
    """Files of applications."""
    return FileIntake(context)
