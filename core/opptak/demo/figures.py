"""The story's figures, counted from the data after it has been told; the format is promised in the README."""

import msgspec

from opptak.admission.schemas import Answer
from opptak.admission.service import Applications
from opptak.demo.proof import Proof
from opptak.documents.service import Letters
from opptak.offers.service import Offers
from opptak.outreach.service import Outreach
from opptak.placements.service import Placements
from opptak.tenancy.context import Work

__all__ = ("Municipality", "OfferFigures", "Summary", "count")


class OfferFigures(msgspec.Struct, frozen=True):
    """What became of the offers; `reoffered` are those the cascade brought."""

    sent: int
    accepted: int
    declined: int
    reoffered: int


class Municipality(msgspec.Struct, frozen=True):
    """One municipality's story. `by_rank`: accepted offers by the wish they met."""

    tenant: str
    eligible: int
    drafts: int
    letters: dict[str, dict[str, int]]
    answered: int
    by_rank: dict[str, int]
    waiting: int
    offers: OfferFigures
    exported: int
    seconds: float
    proof: Proof | None = None
    """What was in the released round, and whether its certificate verifies."""


class Summary(msgspec.Struct, frozen=True):
    """All municipalities."""

    municipalities: list[Municipality]
    seed: int
    total_seconds: float


async def count(work: Work, *, seconds: float, proof: Proof | None = None) -> Municipality:
    """Count a tenant's figures."""
    document = work.tenant.document
    campaign = await Outreach(work).of_intake(document.rounds[0].intake)
    applications = await Applications(work).of_round(campaign.round_id)
    offers = await Offers(work).counts(campaign.round_id)
    export = await Placements(work).last_export()
    return Municipality(
        tenant=work.tenant.slug,
        eligible=campaign.eligible,
        drafts=campaign.drafted,
        letters=await Letters(work).counts(),
        answered=sum(found.answer is not Answer.NONE for found in applications),
        by_rank=dict(offers.by_rank),
        waiting=offers.waiting,
        offers=OfferFigures(offers.sent, offers.accepted, offers.declined, offers.reoffered),
        exported=0 if export is None else export.placements,
        proof=proof,
        seconds=round(seconds, 2),
    )
