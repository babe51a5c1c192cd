"""Outreach: the municipality writes first."""

from uuid import UUID

from opptak.admission.schemas import RoundState, RoundView
from opptak.admission.service import Rounds
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.outreach.errors import CampaignNotFound, OutreachNotConfigured, OutreachTooLate
from opptak.outreach.finding import find_children
from opptak.outreach.models import Campaign
from opptak.outreach.repository import OutreachRepository
from opptak.outreach.schemas import CampaignState, CampaignView
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import enqueue

__all__ = ("Outreach",)


class Outreach:
    """The proactive lane of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._campaigns = OutreachRepository(work.session)

    async def start(self, round_id: UUID) -> CampaignView:
        """Begin to find the round's children and write to their guardians; begun already, nothing changes.

        Raises OutreachNotConfigured, OutreachTooLate once the deadline has passed.
        """
        round_ = await Rounds(self._work).get(round_id)
        if not self._configured(round_):
            raise OutreachNotConfigured
        if round_.deadline < self._work.tenant.today():
            raise OutreachTooLate
        begun = await self._campaigns.begin(round_id, now=self._work.now)
        if begun is not None:
            await enqueue(self._work, find_children, campaign=begun)
            record(self._work, Action.OUTREACH_START, "round", round_id)
        return await self.of_round(round_id)

    async def start_due(self) -> None:
        """Begin the open round's campaign on the day the municipality has set for its letters."""
        round_ = await Rounds(self._work).current()
        if round_ is None or round_.state is not RoundState.OPEN or not self._configured(round_):
            return
        rules = self._work.tenant.document.round(round_.intake).outreach
        # A round whose deadline has passed stays open until somebody looks: nobody is asked any more.
        if rules is not None and rules.letters_on <= self._work.tenant.today() <= round_.deadline:
            await self.start(round_.id)

    async def of_round(self, round_id: UUID) -> CampaignView:
        """Return the round's campaign; raises CampaignNotFound."""
        campaign = await self._campaigns.of_round(round_id)
        if campaign is None:
            raise CampaignNotFound
        return _view(campaign)

    async def of_intake(self, intake: str) -> CampaignView:
        """Return the campaign of an intake's round; raises CampaignNotFound."""
        rounds = await Rounds(self._work).all()
        found = next((round_.id for round_ in rounds if round_.intake == intake), None)
        if found is None:
            raise CampaignNotFound
        return await self.of_round(found)

    def _configured(self, round_: RoundView) -> bool:
        document = self._work.tenant.document
        return document.has(Module.OUTREACH) and document.round(round_.intake).outreach is not None


def _view(campaign: Campaign) -> CampaignView:
    return CampaignView(
        id=campaign.id,
        round_id=campaign.round_id,
        state=CampaignState(campaign.state),
        found=campaign.found,
        eligible=campaign.eligible,
        drafted=campaign.drafted,
        invited=campaign.invited,
        unreachable=campaign.unreachable,
        parts=campaign.chunks,
        parts_done=campaign.chunks - campaign.chunks_open,
        started_at=campaign.created_at,
        finished_at=campaign.finished_at,
    )
