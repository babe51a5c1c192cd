"""Placements: who has a place where, and handing them over to the administration system."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.hooks.providers import AdministrationSystem
from opptak.kit.errors import NotFound
from opptak.placements.schemas import ExportFormat
from opptak.placements.service import Placements
from opptak.tenancy.context import Work
from opptak.webkit import Flash, FlashColor, Given, Html, Screen, WebRequest
from opptak_admin.asking import Listing, asked
from opptak_admin.downloads import download
from opptak_admin.logbook import provider_name

__all__ = ("PlacementPages",)

LAST_EXPORTS = 10


class PlacementPages(Controller):
    """Children's places."""

    path = "/placements"

    @get("/", action=Action.PLACEMENT_READ)
    async def overview(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a page of the places children have or will have, and the last hand-overs."""
        may_export = allowed(work.subject, Action.PLACEMENT_EXPORT)
        systems = [system.name for system in work.tenant.plugins.all(AdministrationSystem)]
        return screen.render(
            "staff/placements.html",
            title="staff.placements.title",
            found=await Placements(work).overview(page=asked(request, Listing).wanted.page),
            may_export=may_export,
            systems=systems,
            names={system: provider_name(system, screen.text) for system in systems},
            exports=await Placements(work).exports(limit=LAST_EXPORTS) if may_export else [],
            zone=work.tenant.document.time_zone,
        )

    @post("/export", action=Action.PLACEMENT_EXPORT)
    async def export(self, work: Given[Work], screen: Given[Screen]) -> Redirect:
        """Have the places that came from offers handed over; that happens elsewhere, in a moment."""
        await Placements(work).export(screen.form.get("system") or None)
        return screen.redirect("/staff/placements", flash=Flash("staff.export.begun", FlashColor.INFO))

    @get("/exports/{export_id:uuid}/{format_:str}", action=Action.PLACEMENT_EXPORT)
    async def file(
        self, work: Given[Work], export_id: FromPath[UUID], format_: FromPath[str]
    ) -> Response[bytes]:
        """Hand out the neutral file of a hand-over."""
        if format_ not in set(ExportFormat):
            raise NotFound
        file = await Placements(work).export_file(export_id, ExportFormat(format_))
        return download(file.content, name=f"{export_id}.{format_}", media_type=file.media_type)
