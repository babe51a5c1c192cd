"""All SQL about campaigns and invitations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from opptak.kit.bulk import upsert
from opptak.kit.db import TenantSession
from opptak.outreach.models import Campaign, Invitation
from opptak.outreach.schemas import CampaignState

__all__ = ("OutreachRepository",)


class OutreachRepository:
    """Campaigns of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def begin(self, round_id: UUID, *, now: datetime) -> UUID | None:
        """Add a campaign for the round; None when there is one already."""
        row = {"round_id": round_id, "state": CampaignState.FINDING, "created_at": now}
        new = await upsert(self._session, Campaign, [row], key=("round_id",))
        return next(iter(new.values()), None)

    async def of_round(self, round_id: UUID) -> Campaign | None:
        """Return the round's campaign."""
        campaign: Campaign | None = await self._session.scalar(
            select(Campaign).where(Campaign.round_id == round_id).execution_options(populate_existing=True)
        )
        return campaign

    async def get(self, campaign_id: UUID) -> Campaign | None:
        """Return a campaign."""
        return await self._session.get(Campaign, (self._session.tenant_id, campaign_id))

    async def lock(self, campaign_id: UUID) -> Campaign:
        """Return a campaign that is known to exist, locked until the transaction ends."""
        found = await self._session.scalars(
            select(Campaign)
            .where(Campaign.id == campaign_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found.one()

    async def save_invitations(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert invitations; those that exist are left as they are."""
        key = ("application_id", "guardian_id", "step")
        await upsert(self._session, Invitation, rows, key=key)

    async def invited(self, applications: Collection[UUID], *, before: datetime) -> set[UUID]:
        """Return the applications somebody was invited to answer before a moment."""
        found = select(Invitation.application_id).where(
            Invitation.application_id.in_(applications),
            Invitation.step == 0,
            Invitation.created_at < before,
        )
        return set((await self._session.scalars(found)).all())

    async def reminded(self, applications: Collection[UUID], *, step: int) -> set[UUID]:
        """Return the applications somebody has had a reminder about."""
        found = select(Invitation.application_id).where(
            Invitation.application_id.in_(applications), Invitation.step == step
        )
        return set((await self._session.scalars(found)).all())
