"""The last resort for letters: they are kept in the plugin's store until somebody prints and posts them."""

from collections.abc import Sequence

import msgspec

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.errors import Permanent
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import DeliveryChannel
from opptak.hooks.types import Delivery, DeliveryState, Letter, PostalAddress

__all__ = ("LABELS", "PAGES", "Label", "OutboxFolder")

PAGES = "pages/"
LABELS = "labels/"


class Label(msgspec.Struct, frozen=True):
    """What goes on the envelope."""

    name: str
    address: PostalAddress | None
    title: str
    filename: str


class OutboxFolder(DeliveryChannel):
    """Keeps `pages/<key>` (the PDF) and `labels/<key>` (the envelope); our key is the reference."""

    name = "outbox"
    capabilities = frozenset({"print"})

    def __init__(self, context: PluginContext) -> None:
        self._store = context.store

    async def send(self, letter: Letter) -> Delivery:
        """Keep the letter; raises Permanent for one that must not go on paper."""
        if letter.digital_only:
            raise Permanent("paper_only")
        label = Label(letter.recipient_name, letter.address, letter.title, letter.filename)
        await self._store.put(PAGES + letter.key, letter.pdf)
        await self._store.put(LABELS + letter.key, msgspec.json.encode(label))
        return Delivery(reference=letter.key, state=DeliveryState.TO_PRINT)

    async def status(self, references: Sequence[str]) -> list[Delivery]:
        """Return the letters that are here; all of them wait to be printed."""
        kept = set(await self._store.keys(LABELS))
        return [
            Delivery(reference=reference, state=DeliveryState.TO_PRINT)
            for reference in references
            if LABELS + reference in kept
        ]


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="outbox",
        title="outbox.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"delivery"}),
        package="opptak",
        always_on=True,
    )


@hookimpl
def opptak_delivery(context: PluginContext) -> DeliveryChannel:
    """The outbox folder."""
    return OutboxFolder(context)
