"""Placements and their hand-over in the JSON API."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from opptak.authz.actions import Action
from opptak.kit.paging import Page
from opptak.placements.schemas import ExportFormat, ExportView, PlacementRow
from opptak.placements.service import Placements
from opptak.tenancy.context import Work

__all__ = ("StaffPlacements",)

MOST_ROWS = 500

ANY_FILE = {HTTP_200_OK: ResponseSpec(object, media_type="*/*", generate_examples=False)}
"""JSON or CSV."""


class ExportSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which administration system is to be told; without one, the only one there is."""

    system: Annotated[str, msgspec.Meta(max_length=60)] = ""


class ExportBegun(msgspec.Struct, frozen=True):
    """A hand-over that has begun."""

    id: UUID


class StaffPlacements(Controller):
    """Who has a place where."""

    path = "/"
    tags = ("staff",)

    @get("/placements", action=Action.PLACEMENT_READ, operation_id="placements")
    async def overview(
        self,
        work: NamedDependency[Work],
        page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
        size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> Page[PlacementRow]:
        """Return a page of the places children have now or will have, by kindergarten."""
        return await Placements(work).overview(page=page, size=size)

    @get("/exports", action=Action.PLACEMENT_EXPORT, operation_id="exports")
    async def exports(
        self,
        work: NamedDependency[Work],
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
    ) -> list[ExportView]:
        """Return the last hand-overs, the newest first."""
        return await Placements(work).exports(limit=limit)

    @post("/exports", action=Action.PLACEMENT_EXPORT, status_code=HTTP_202_ACCEPTED, operation_id="export")
    async def export(self, work: NamedDependency[Work], data: JSONBody[ExportSent]) -> ExportBegun:
        """Have the places that came from offers handed over."""
        return ExportBegun(await Placements(work).export(data.system or None))

    @get(
        "/exports/{export_id:uuid}/{format_:str}",
        action=Action.PLACEMENT_EXPORT,
        responses=ANY_FILE,
        operation_id="export_file",
    )
    async def file(
        self, work: NamedDependency[Work], export_id: FromPath[UUID], format_: FromPath[ExportFormat]
    ) -> Response[bytes]:
        """Return the neutral file of a hand-over."""
        found = await Placements(work).export_file(export_id, format_)
        return Response(found.content, media_type=found.media_type)
