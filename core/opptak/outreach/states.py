"""The stages of a campaign: one after the other, never back."""

from collections.abc import Mapping

from opptak.kit.errors import Conflict
from opptak.outreach.models import Campaign
from opptak.outreach.schemas import CampaignState

__all__ = ("CampaignMoved", "move_campaign")

_NEXT: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.FINDING: frozenset({CampaignState.FAMILIES, CampaignState.FINISHED}),
    CampaignState.FAMILIES: frozenset({CampaignState.INVITING}),
    CampaignState.INVITING: frozenset({CampaignState.FINISHED}),
    CampaignState.FINISHED: frozenset(),
}


class CampaignMoved(Conflict):
    """A campaign can't go from its stage to the one asked for."""

    code = "campaign_moved"


def move_campaign(campaign: Campaign, to: CampaignState) -> None:
    """Take a campaign to its next stage; raises CampaignMoved."""
    if to not in _NEXT[CampaignState(campaign.state)]:
        raise CampaignMoved(state=campaign.state)
    campaign.state = to
