"""Plugins: what is connected, how it is, and what to do about it."""

from collections.abc import Sequence

import msgspec
from litestar import Controller, get

from opptak.authz.actions import Action
from opptak.hooks.plugin import PluginInfo, PluginState
from opptak.kit.i18n import Translator
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.tenancy.outages import outages
from opptak.webkit import Given, Html, Screen
from opptak_admin.logbook import wording

__all__ = ("PluginPages",)

_PRESSING = (
    PluginState.FAILING,
    PluginState.INCOMPATIBLE,
    PluginState.DEGRADED,
    PluginState.NEEDS_SETUP,
    PluginState.HEALTHY,
    PluginState.AVAILABLE,
    PluginState.NOT_ALLOWED,
)
"""What needs somebody comes first."""


class PluginCard(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin as this tenant sees it."""

    title: str
    state: PluginState
    version: str
    provides: Sequence[str]


class PluginPages(Controller):
    """The tenant's plugins."""

    path = "/plugins"

    @get("/", action=Action.TENANT_CONFIGURE)
    async def overview(self, work: Given[Work], screen: Given[Screen], runtime: Given[Runtime]) -> Html:
        """Show each plugin's state with the next step."""
        known = runtime.manager.plugins
        away = {outage.plugin for outage in await outages(work.session, now=work.now)}
        cards = [
            _card(name, PluginState.DEGRADED if name in away else state, known.get(name), screen.text)
            for name, state in work.tenant.plugins.states.items()
        ]
        return screen.render(
            "staff/plugins.html",
            title="staff.plugins.title",
            plugins=sorted(cards, key=lambda card: (_PRESSING.index(card.state), card.title)),
        )


def _card(name: str, state: PluginState, info: PluginInfo | None, text: Translator) -> PluginCard:
    if info is None:
        return PluginCard(title=name, state=state, version="", provides=())
    return PluginCard(
        title=wording(info.title, text, otherwise=name),
        state=state,
        version=info.version,
        provides=sorted(
            wording(f"staff.family.{family}", text, otherwise=family) for family in info.provides
        ),
    )
