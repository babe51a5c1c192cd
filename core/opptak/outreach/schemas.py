"""States and views of the proactive lane."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

__all__ = ("CampaignState", "CampaignView")


class CampaignState(StrEnum):
    """Stages of a campaign, in order."""

    FINDING = "finding"
    """The register is asked for the children."""
    FAMILIES = "families"
    """The registers are asked for guardians and how to reach them."""
    INVITING = "inviting"
    """Drafts are made and letters written."""
    FINISHED = "finished"


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign and its figures so far."""

    id: UUID
    round_id: UUID
    state: CampaignState
    found: int
    """Children of the round's birth window in the register."""
    eligible: int
    """Of them, those who live here and have no place on the round's first day."""
    drafted: int
    """Applications that exist for the eligible."""
    invited: int
    """Letters written, one a guardian."""
    unreachable: int
    """Applications none of whose guardians can be written to: somebody has to find another way."""
    parts: int
    """Parts the present stage is done in; 0 while nobody knows."""
    parts_done: int
    started_at: datetime
    finished_at: datetime | None
