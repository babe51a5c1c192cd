"""Places without an address service: whoever types coordinates gets the point."""

import re

from opptak import hookimpl
from opptak.hooks.context import PluginContext
from opptak.hooks.plugin import PluginInfo
from opptak.hooks.providers import AddressService
from opptak.hooks.types import AddressHit

__all__ = ("TypedPoints",)

_POINT = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")


class TypedPoints(AddressService):
    """Reads `69.7690, 21.0250`: latitude and longitude in degrees."""

    name = "points"

    async def search(self, text: str, *, municipality: str = "", limit: int = 10) -> list[AddressHit]:
        """Return the point that is typed, or nothing; no address is known."""
        found = _POINT.fullmatch(text)
        if found is None or limit < 1:
            return []
        latitude, longitude = map(float, found.groups())
        if abs(latitude) > 90 or abs(longitude) > 180:
            return []
        return [
            AddressHit(
                text=text.strip(),
                postcode="",
                place="",
                municipality=municipality,
                latitude=latitude,
                longitude=longitude,
            )
        ]


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="points",
        title="points.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"addresses"}),
        package="opptak",
        always_on=True,
    )


@hookimpl
def opptak_addresses(context: PluginContext) -> AddressService:
    """Typed coordinates."""
    return TypedPoints()
