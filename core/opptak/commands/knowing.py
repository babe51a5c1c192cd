"""What a tenant document may refer to in this installation."""

from opptak.admission.schemas import Fact
from opptak.builtin import PLUGINS
from opptak.hooks.manager import PluginManager
from opptak.kit.i18n import PACKAGES, Catalogues
from opptak.tenancy.soundness import Known

__all__ = ("known_here",)


def known_here() -> Known:
    """Return the installed plugins, the facts criteria may test, and the texts of platform and plugins."""
    plugins = PluginManager.discover(PLUGINS).plugins
    catalogues = Catalogues.load((*PACKAGES, *(info.package for info in plugins.values() if info.package)))
    return Known(
        plugins=plugins,
        facts=frozenset(fact.value for fact in Fact),
        languages=catalogues.languages,
        placeholders=catalogues.placeholders,
    )
