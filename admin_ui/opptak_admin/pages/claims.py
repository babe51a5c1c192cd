"""Claims: each reason for priority is decided by itself."""

from enum import StrEnum
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.schemas import ApplicationView, ClaimSource, ClaimState
from opptak.admission.service import Applications, Claims
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid, NotFound
from opptak.tenancy.context import Work
from opptak.webkit import Flash, FormRefused, Given, Html, Screen
from opptak_admin.pages.applications import ClaimLine, claim_lines

__all__ = ("ClaimPages",)

LONGEST_REASON = 500
_TEMPLATE, _TITLE = "staff/claim.html", "staff.claim.title"


class Verdict(StrEnum):
    """What a case worker may say of a claim."""

    VERIFIED = ClaimState.VERIFIED.value
    REFUSED = ClaimState.REFUSED.value
    PROOF_REQUESTED = ClaimState.PROOF_REQUESTED.value


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The form. A refusal says why."""

    verdict: Verdict
    reason: str = ""

    def __post_init__(self) -> None:
        if self.verdict is Verdict.REFUSED and not self.reason:
            raise Invalid({"reason": "staff.claim.reason.missing"})
        if len(self.reason) > LONGEST_REASON:
            raise Invalid({"reason": "staff.claim.reason.long"})


class ClaimPages(Controller):
    """One reason for priority."""

    path = "/applications/{application_id:uuid}/claims/{claim_id:uuid}"

    @get("/", action=Action.CLAIM_DECIDE)
    async def show(
        self,
        work: Given[Work],
        screen: Given[Screen],
        application_id: FromPath[UUID],
        claim_id: FromPath[UUID],
    ) -> Html:
        """Show the claim with what can be decided."""
        case, claim = await _claim(work, application_id, claim_id)
        return screen.render(
            _TEMPLATE,
            title=_TITLE,
            case=case,
            claim=claim,
            values=screen.stash.values if screen.stash else {"reason": claim.reason},
        )

    @post("/", action=Action.CLAIM_DECIDE)
    async def decide(
        self,
        work: Given[Work],
        screen: Given[Screen],
        application_id: FromPath[UUID],
        claim_id: FromPath[UUID],
    ) -> Redirect:
        """Decide the claim, or note that proof has been asked for."""
        case, claim = await _claim(work, application_id, claim_id)
        try:
            decision = screen.form.read(Decision)
        except Invalid as refused:
            raise FormRefused(_TEMPLATE, refused.fields, title=_TITLE, case=case, claim=claim) from refused
        if decision.verdict is Verdict.PROOF_REQUESTED:
            await Claims(work).ask_for_proof(claim_id)
        else:
            holds = decision.verdict is Verdict.VERIFIED
            await Claims(work).decide(claim_id, holds=holds, reason=decision.reason)
        flash = Flash(f"staff.claim.done.{decision.verdict}")
        return screen.redirect(f"/staff/applications/{application_id}", flash=flash)


async def _claim(work: Work, application_id: UUID, claim_id: UUID) -> tuple[ApplicationView, ClaimLine]:
    """Return a claim somebody declared, with its application; raises NotFound."""
    case = await Applications(work).get(application_id)
    lines = claim_lines(case, work.tenant)
    found = next((line for line in lines if line.id == claim_id), None)
    if found is None or found.source is not ClaimSource.DECLARED:
        raise NotFound
    return case, found
