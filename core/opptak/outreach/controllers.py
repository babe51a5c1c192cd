"""Campaigns in the JSON API."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED

from opptak.authz.actions import Action
from opptak.outreach.schemas import CampaignView
from opptak.outreach.service import Outreach
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work

__all__ = ("StaffOutreach",)


class StaffOutreach(Controller):
    """The letters with a filled-in application."""

    path = "/rounds/{round_id:uuid}/outreach"
    tags = ("staff",)

    @get("/", action=Action.ROUND_READ, module=Module.OUTREACH, operation_id="campaign")
    async def show(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> CampaignView:
        """Return how far the letters of a round are."""
        return await Outreach(work).of_round(round_id)

    @post(
        "/",
        action=Action.OUTREACH_START,
        module=Module.OUTREACH,
        status_code=HTTP_202_ACCEPTED,
        operation_id="start_campaign",
    )
    async def start(self, work: NamedDependency[Work], round_id: FromPath[UUID]) -> CampaignView:
        """Begin to find the children and write to their families; twice is once."""
        return await Outreach(work).start(round_id)
