"""Applications: the list, and the pages about one."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.params import FromPath

from opptak.admission.schemas import (
    Answer,
    ApplicationFilter,
    ApplicationStatus,
    ApplicationView,
    CaseHeading,
    ClaimSource,
    ClaimState,
    ClaimView,
    Fact,
)
from opptak.admission.service import Applications, Rounds
from opptak.admission.states import CLAIM_OPEN
from opptak.allocation.explain import tell
from opptak.allocation.service import Runs
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.documents.service import Letters
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.errors import NotFound
from opptak.kit.i18n import Translator
from opptak.kit.subject import Subject
from opptak.offers.service import Offers
from opptak.tenancy.context import TenantContext, Work
from opptak.webkit import Given, Html, Screen, WebRequest
from opptak_admin.asking import Listing, Option, PageNumber, asked, options
from opptak_admin.logbook import entries, wording

__all__ = ("ApplicationPages", "ClaimLine", "claim_lines")


class Arrival(StrEnum):
    """When an application came."""

    IN_TIME = "in_time"
    LATE = "late"


class ClaimsAsked(StrEnum):
    """Whether a reason for priority waits for somebody."""

    OPEN = "open"
    SETTLED = "settled"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list."""

    case_number: str = ""
    status: ApplicationStatus | None = None
    answer: Answer | None = None
    facility: UUID | None = None
    arrived: Arrival | None = None
    claims: ClaimsAsked | None = None
    page: PageNumber = 1

    def in_round(self, round_id: UUID | None) -> ApplicationFilter:
        """Return what to search for."""
        return ApplicationFilter(
            round_id=round_id,
            statuses=(self.status,) if self.status else (),
            answers=(self.answer,) if self.answer else (),
            facility_id=self.facility,
            case_number=self.case_number,
            late=None if self.arrived is None else self.arrived is Arrival.LATE,
            open_claims=None if self.claims is None else self.claims is ClaimsAsked.OPEN,
            page=self.page,
        )


class ClaimLine(msgspec.Struct, frozen=True, kw_only=True):
    """A reason for priority as a case worker reads it; `facility` is empty where it holds everywhere."""

    id: UUID
    fact: Fact
    facility: str
    source: ClaimSource
    state: ClaimState
    basis: str
    reason: str
    open: bool


class ApplicationPages(Controller):
    """Applications."""

    path = "/applications"

    @get("/", action=Action.APPLICATION_READ)
    async def search(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a page of the applications that fit the filters."""
        search, text = asked(request, Wanted), screen.text
        round_ = await Rounds(work).current()
        found = await Applications(work).search(search.wanted.in_round(round_.id if round_ else None))
        houses = await Facilities(work).offerable()
        return screen.render(
            "staff/applications.html",
            title="staff.applications.title",
            found=found,
            search=search,
            values=search.values,
            errors=search.errors,
            statuses=options(text, "staff.application.", ApplicationStatus),
            answers=options(text, "staff.answer.", Answer),
            facilities=[Option(str(house.id), house.name) for house in houses],
            arrivals=options(text, "staff.arrival.", Arrival),
            claims=options(text, "staff.claims.asked.", ClaimsAsked),
        )

    @get("/{application_id:uuid}", action=Action.APPLICATION_READ)
    async def show(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show what the register says beside what the family says, and the reasons for priority."""
        file = await Applications(work).case_file(application_id)
        case = file.application
        return screen.render(
            "staff/application.html",
            title="staff.case.title",
            title_params={"case_number": case.case_number},
            case=case,
            child=file.child,
            guardians=file.guardians,
            claims=claim_lines(case, work.tenant),
            right=_right(case, screen),
            zone=work.tenant.document.time_zone,
            tabs=_tabs(case.id, "", work.subject, screen.text),
            may_write=allowed(work.subject, Action.APPLICATION_WRITE),
            may_decide=allowed(work.subject, Action.CLAIM_DECIDE),
        )

    @get("/{application_id:uuid}/outcome", action=Action.OFFER_READ)
    async def outcome(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the offers of an application and where it waits."""
        case = await Applications(work).heading(application_id)
        offers, waiting = await Offers(work).outcome(application_id)
        return _page("outcome", case, work, screen, {"offers": offers, "waiting": waiting})

    @get("/{application_id:uuid}/why", action=Action.ROUND_READ)
    async def why(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the reasons the family is given."""
        case = await Applications(work).heading(application_id)
        try:
            sentences = await Runs(work).explain(application_id, language=screen.text.language)
        except NotFound:
            sentences = []
        told = [tell(sentence, screen.text) for sentence in sentences]
        return _page("why", case, work, screen, {"sentences": told})

    @get("/{application_id:uuid}/letters", action=Action.LETTER_READ)
    async def letters(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the letters about an application."""
        case = await Applications(work).heading(application_id)
        letters = await Letters(work).of_application(application_id)
        return _page("letters", case, work, screen, {"letters": letters})

    @get("/{application_id:uuid}/history", action=Action.APPLICATION_READ)
    async def history(
        self,
        request: WebRequest,
        work: Given[Work],
        screen: Given[Screen],
        application_id: FromPath[UUID],
    ) -> Html:
        """Show who has read or changed an application."""
        case = await Applications(work).heading(application_id)
        found = await AuditLog(work).history(application_id, page=asked(request, Listing).wanted.page)
        names = await Staff(work).names()
        lines = await entries(work, found.items, screen.text, names=names)
        return _page("history", case, work, screen, {"found": found, "entries": lines})


def claim_lines(case: ApplicationView, tenant: TenantContext) -> list[ClaimLine]:
    """Return the reasons for priority of an application, those the family has stated first."""
    names = {wish.facility_id: wish.facility_name for wish in case.wishes}
    bases = {rule.fact: rule.basis for rule in tenant.criteria().rules}
    shown = sorted(case.claims, key=lambda claim: claim.source is ClaimSource.REGISTER)
    return [_claim_line(claim, names, bases) for claim in shown]


def _claim_line(claim: ClaimView, names: Mapping[UUID, str], bases: Mapping[str, str]) -> ClaimLine:
    return ClaimLine(
        id=claim.id,
        fact=claim.fact,
        facility="" if claim.facility_id is None else names.get(claim.facility_id, ""),
        source=claim.source,
        state=claim.state,
        basis=bases.get(claim.fact, ""),
        reason=claim.reason,
        open=claim.state in CLAIM_OPEN,
    )


def _right(case: ApplicationView, screen: Screen) -> str:
    text = screen.text
    verdict = text("staff.right.yes" if case.entitled else "staff.right.no")
    reason = wording(case.entitled_reason, text, otherwise="")
    return f"{verdict}. {reason}" if reason else verdict


def _page(name: str, case: CaseHeading, work: Work, screen: Screen, part: Mapping[str, object]) -> Html:
    return screen.render(
        f"staff/case_{name}.html",
        title="staff.case.title",
        title_params={"case_number": case.case_number},
        case=case,
        zone=work.tenant.document.time_zone,
        tabs=_tabs(case.id, name, work.subject, screen.text),
        part=part,
    )


def _tabs(case_id: UUID, current: str, subject: Subject, text: Translator) -> list[dict[str, object]]:
    address = f"/staff/applications/{case_id}"
    pages = (
        ("", Action.APPLICATION_READ),
        ("outcome", Action.OFFER_READ),
        ("why", Action.ROUND_READ),
        ("letters", Action.LETTER_READ),
        ("history", Action.APPLICATION_READ),
    )
    return [
        {
            "label": text(f"staff.case.tab.{name or 'application'}"),
            "href": f"{address}/{name}" if name else address,
            "current": name == current,
        }
        for name, action in pages
        if allowed(subject, action)
    ]
