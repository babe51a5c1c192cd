"""Kindergartens, for everybody."""

from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from opptak.authz.check import PUBLIC
from opptak.facilities.errors import FacilityNotFound
from opptak.facilities.service import Facilities
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen
from opptak_portal.views.houses import house
from opptak_portal.views.words import Words

__all__ = ("Kindergartens",)


class Kindergartens(Controller):
    """The houses one can apply to."""

    path = "/kindergartens"

    @get("/", action=PUBLIC)
    async def show_all(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """List the houses by name."""
        words = Words(screen.text)
        found = await Facilities(work).offerable(Module.PORTAL)
        return screen.render(
            "portal/kindergartens.html",
            title="portal.kindergartens.title",
            houses=[house(one, words, currency=work.tenant.document.currency) for one in found],
        )

    @get("/{facility_id:uuid}", action=PUBLIC)
    async def show(self, work: Given[Work], screen: Given[Screen], facility_id: FromPath[UUID]) -> Html:
        """Show one house; raises FacilityNotFound for one that nobody can apply to."""
        facilities = Facilities(work)
        found = await facilities.get(facility_id)
        if not found.offerable or not facilities.concerns(Module.PORTAL, found.register_id):
            raise FacilityNotFound
        shown = house(found, Words(screen.text), currency=work.tenant.document.currency)
        return screen.render(
            "portal/kindergarten.html",
            title="portal.kindergarten.title",
            title_params={"name": found.name},
            house=shown,
        )
