"""Following an application: where it stands, what was written about it, and why it turned out as it did."""

from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.schemas import ApplicationStatus, ApplicationView
from opptak.admission.service import Applications
from opptak.admission.states import OUTCOMES
from opptak.allocation.certificates import Certificates
from opptak.allocation.service import Runs
from opptak.authz.actions import Action
from opptak.documents.service import Letters
from opptak.hooks.providers import RuleSet
from opptak.offers.service import Offers
from opptak.people.service import People
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen
from opptak_portal.cases import case_of
from opptak_portal.views.cards import card
from opptak_portal.views.reasons import reasons
from opptak_portal.views.rights import right_told
from opptak_portal.views.sheet import rows
from opptak_portal.views.stages import Stage
from opptak_portal.views.steps import progress
from opptak_portal.views.words import Words

__all__ = ("Following",)

_BEFORE = frozenset({Stage.TO_ANSWER, Stage.TO_ANSWER_LATE})
"""Stages in which there is nothing to follow yet."""

_WITHDRAWABLE = frozenset(
    {
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.UNDER_REVIEW,
        ApplicationStatus.READY,
        ApplicationStatus.WAITING,
    }
)
"""Statuses with something to withdraw; where a place is offered, the offer is answered instead."""


class Following(Controller):
    """An application after it was sent in."""

    @get("/applications/{application_id:uuid}/status", action=Action.OWN_APPLICATION_READ)
    async def follow(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html | Redirect:
        """Show where the application stands and what has happened so far."""
        application = await Applications(work).get(application_id)
        offers = await Offers(work).of_application([application.id])
        case = case_of(work.tenant, application, offers[application.id])
        if case.stage in _BEFORE:
            return screen.redirect(f"/applications/{application.id}")
        words = Words(screen.text)
        return screen.render(
            "portal/status.html",
            title="portal.status.title",
            title_params={"name": application.child_name},
            case=case,
            card=card(case, words),
            steps=progress(case, words, zone=work.tenant.document.time_zone),
            rows=rows(application, words),
            letters=await Letters(work).of_application(application.id),
            sender=await _sender(work, application),
            decided=screen.has(Module.OFFERS) and application.status in OUTCOMES,
            withdrawable=application.status in _WITHDRAWABLE,
            zone=work.tenant.document.time_zone,
        )

    @get(
        "/applications/{application_id:uuid}/why",
        action=Action.OWN_APPLICATION_READ,
        module=Module.OFFERS,
    )
    async def explain(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Explain the outcome, wish by wish; raises NotFound before there is one."""
        application = await Applications(work).get(application_id)
        language = screen.visit.language
        sentences = await Runs(work).explain(application.id, language=language)
        waiting = await Offers(work).waiting_positions([application.id])
        notice = work.tenant.plugins.require(RuleSet).notice("letter")
        return screen.render(
            "portal/why.html",
            title="portal.why.title",
            application=application,
            reasons=reasons(sentences, screen.text),
            right=right_told(application, screen.text),
            waiting=waiting[application.id],
            complaint_days=notice.complaint_days,
            document=work.tenant.document,
            certified=await Certificates(work).public_key() is not None,
        )

    @get("/letters/{letter_id:uuid}", action=Action.OWN_LETTER_READ)
    async def read_letter(self, work: Given[Work], letter_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out a letter; raises LetterNotFound for one to somebody else."""
        content = await Letters(work).pdf(letter_id)
        headers = {"Content-Disposition": 'inline; filename="letter.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)


async def _sender(work: Work, application: ApplicationView) -> str:
    """Return who sent the application in: `you`, `other` (the other guardian), `office`, or nobody."""
    sender = application.submitted_by
    if sender is None or sender == work.subject.id:
        return "you" if sender else ""
    guardians = await People(work).guardians_of([application.child_id])
    return "other" if any(one.id == sender for one in guardians[application.child_id]) else "office"
