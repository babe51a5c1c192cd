"""Claims: case workers decide whether a reason for priority holds."""

from uuid import UUID

from opptak.admission.base import Desk
from opptak.admission.models import Claim
from opptak.admission.schemas import ApplicationStatus, ApplicationView, ClaimState
from opptak.admission.states import CLAIM_OPEN, move_application, move_claim
from opptak.authz.actions import Action
from opptak.kit.errors import NotFound

__all__ = ("Claims",)


class Claims(Desk):
    """The reasons for priority that parents have stated."""

    async def ask_for_proof(self, claim_id: UUID) -> ApplicationView:
        """Note that the parents have been asked for proof; raises ClaimMoved once it is decided."""
        return await self._move(claim_id, ClaimState.PROOF_REQUESTED)

    async def decide(self, claim_id: UUID, *, holds: bool, reason: str = "") -> ApplicationView:
        """Decide a claim; the application is ready when its last open claim is decided.

        `reason` says in the case worker's words why it does not hold.
        """
        return await self._move(
            claim_id, ClaimState.VERIFIED if holds else ClaimState.REFUSED, reason="" if holds else reason
        )

    async def _move(self, claim_id: UUID, to: ClaimState, *, reason: str = "") -> ApplicationView:
        claim = await self._applications.lock_claim(claim_id)
        if claim is None:
            raise NotFound
        application = await self._lock(claim.application_id)
        if claim.state != to:
            move_claim(claim, to)
            claim.decided_by = self._work.subject.id
            claim.decided_at = self._work.now
            claim.details = {"reason": reason} if reason else {}
            self._note(Action.CLAIM_DECIDE, application.id, fact=claim.fact, state=to)
        if application.status == ApplicationStatus.UNDER_REVIEW and not await self._has_open(claim):
            move_application(application, ApplicationStatus.READY)
        return await self._open(application.id)

    async def _has_open(self, claim: Claim) -> bool:
        claims = await self._applications.claims_of(claim.application_id)
        return any(other.state in CLAIM_OPEN for other in claims)
