"""Finding the children of a round: three stages of jobs, each small enough to be done again when it fails.

The register is asked for the children; then, a hundred children a job, for their guardians; when all families
are known (a draft wishes for the kindergarten of a sibling, who may be in another hundred), drafts are made
and letters written. A job names its children by the first and last of their ids, so that its row holds no
more than that.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from opptak.admission.schemas import DraftRequest, RoundView
from opptak.admission.service import Applications, Rounds
from opptak.hooks.providers import PopulationRegister, RuleSet
from opptak.hooks.types import PersonRecord
from opptak.outreach.inviting import write_to_guardians
from opptak.outreach.models import Campaign
from opptak.outreach.repository import OutreachRepository
from opptak.outreach.schemas import CampaignState
from opptak.outreach.states import move_campaign
from opptak.people.schemas import GuardianView
from opptak.people.service import People
from opptak.placements.service import Placements
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.jobs import Actor, Priority, actor, enqueue_all

__all__ = ("Search", "find_children", "find_families", "invite_guardians")

AT_ONCE = 100
"""Children a job."""


class Search:
    """The stages of one campaign."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._campaigns = OutreachRepository(work.session)
        self._people = People(work)

    async def find(self, campaign_id: UUID) -> None:
        """Store the children of the round's birth window."""
        campaign = await self._at(campaign_id, CampaignState.FINDING)
        if campaign is None:
            return
        found = await self._store_cohort(*await self._window(campaign))
        campaign = await self._campaigns.lock(campaign_id)
        campaign.found = found
        await self._open(campaign, CampaignState.FAMILIES)

    async def families(self, campaign_id: UUID, within: tuple[UUID, UUID]) -> None:
        """Store the guardians of some children, and how they may be reached."""
        campaign = await self._at(campaign_id, CampaignState.FAMILIES)
        if campaign is None:
            return
        children = await self._people.born_between(*await self._window(campaign), within=within)
        numbers = await self._people.numbers(children)
        await self._people.fetch_guardians({number: child for child, number in numbers.items()})
        guardians = (await self._people.guardians_of(children)).values()
        everybody = {guardian.id for some in guardians for guardian in some}
        await self._people.refresh_contacts(sorted(everybody))
        await self._close(await self._campaigns.lock(campaign_id), CampaignState.INVITING)

    async def invite(self, campaign_id: UUID, within: tuple[UUID, UUID]) -> None:
        """Draft applications for those of some children who have no place, and write to their guardians."""
        campaign = await self._at(campaign_id, CampaignState.INVITING)
        if campaign is None:
            return
        round_ = await Rounds(self._work).get(campaign.round_id)
        eligible = await self._eligible(campaign, round_, within)
        await self._people.locate(eligible)
        drafted = await Applications(self._work).draft(
            [DraftRequest(child_id=child, round_id=round_.id) for child in eligible]
        )
        guardians = await self._to_ask(round_.id, drafted)
        letters = await write_to_guardians(self._work, campaign_id, round_, guardians, step=0)
        unreachable = await self._unreachable(guardians)
        await Applications(self._work).mark_unreachable(unreachable)
        campaign = await self._campaigns.lock(campaign_id)
        campaign.eligible += len(eligible)
        campaign.drafted += len(drafted)
        campaign.invited += letters
        campaign.unreachable += len(unreachable)
        await self._close(campaign, CampaignState.FINISHED)

    async def _at(self, campaign_id: UUID, stage: CampaignState) -> Campaign | None:
        campaign = await self._campaigns.get(campaign_id)
        return campaign if campaign is not None and campaign.state == stage else None

    async def _window(self, campaign: Campaign) -> tuple[date, date]:
        round_ = await Rounds(self._work).get(campaign.round_id)
        return self._work.tenant.plugins.require(RuleSet).birth_window(round_.year)

    async def _store_cohort(self, born_from: date, born_to: date) -> int:
        register = self._work.tenant.plugins.require(PopulationRegister)
        found = 0
        some: list[PersonRecord] = []
        async for record in register.cohort(self._work.tenant.area, born_from=born_from, born_to=born_to):
            some.append(record)
            if len(some) == AT_ONCE:
                found += len(await self._people.store(some))
                some = []
        return found + len(await self._people.store(some))

    async def _eligible(self, campaign: Campaign, round_: RoundView, within: tuple[UUID, UUID]) -> list[UUID]:
        children = await self._people.born_between(*await self._window(campaign), within=within)
        placed = await Placements(self._work).held_by(children, round_.starts_on)
        return [child for child in children if child not in placed]

    async def _to_ask(self, round_id: UUID, drafted: dict[UUID, UUID]) -> dict[UUID, list[GuardianView]]:
        """Return the guardians by application; families that have answered already are left alone."""
        unanswered = await Applications(self._work).unanswered(round_id)
        waiting = {child: drafted[child] for child in drafted if child in unanswered}
        guardians = await self._people.guardians_of(waiting)
        return {application: guardians[child] for child, application in waiting.items()}

    async def _unreachable(self, guardians: dict[UUID, list[GuardianView]]) -> list[UUID]:
        """Return the applications none of whose guardians can be written to."""
        everybody = {guardian.id for some in guardians.values() for guardian in some}
        addressees = await self._people.addressees(everybody)
        return [
            application
            for application, some in guardians.items()
            if not any(addressees[guardian.id].reachable for guardian in some)
        ]

    async def _open(self, campaign: Campaign, stage: CampaignState) -> None:
        """Begin a stage: a job for every hundred children."""
        children = await self._people.born_between(*await self._window(campaign))
        chunks = [children[start : start + AT_ONCE] for start in range(0, len(children), AT_ONCE)]
        if not chunks:
            self._finish(campaign)
            return
        move_campaign(campaign, stage)
        campaign.chunks = campaign.chunks_open = len(chunks)
        await enqueue_all(self._work, STAGES[stage], [_job(campaign.id, chunk) for chunk in chunks])

    async def _close(self, campaign: Campaign, following: CampaignState) -> None:
        """Note that a job of the stage is done; the last one begins the following stage."""
        campaign.chunks_open -= 1
        if campaign.chunks_open:
            return
        if following is CampaignState.FINISHED:
            self._finish(campaign)
        else:
            await self._open(campaign, following)

    def _finish(self, campaign: Campaign) -> None:
        move_campaign(campaign, CampaignState.FINISHED)
        campaign.finished_at = self._work.now


def _job(campaign_id: UUID, chunk: Sequence[UUID]) -> dict[str, object]:
    return {"campaign": campaign_id, "first": chunk[0], "last": chunk[-1]}


@actor("outreach.find", priority=Priority.BULK, module=Module.OUTREACH)
async def find_children(work: Work, campaign: UUID) -> None:
    """Ask the register for the children of a campaign."""
    await Search(work).find(campaign)


@actor("outreach.families", priority=Priority.BULK, module=Module.OUTREACH)
async def find_families(work: Work, campaign: UUID, first: UUID, last: UUID) -> None:
    """Ask the registers for the guardians of some children."""
    await Search(work).families(campaign, (first, last))


@actor("outreach.invite", priority=Priority.BULK, module=Module.OUTREACH)
async def invite_guardians(work: Work, campaign: UUID, first: UUID, last: UUID) -> None:
    """Draft for some children and write to their guardians."""
    await Search(work).invite(campaign, (first, last))


STAGES: dict[CampaignState, Actor[...]] = {
    CampaignState.FAMILIES: find_families,
    CampaignState.INVITING: invite_guardians,
}
"""The job of each stage that has many."""
