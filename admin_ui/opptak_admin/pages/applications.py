"""Applications: the list, and the pages about one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from opptak.admission.rounds import current_round
from opptak.admission.schemas import (
    Answer,
    ApplicationFilter,
    ApplicationSort,
    ApplicationStatus,
    ApplicationView,
    CaseHeading,
    ClaimSource,
    ClaimState,
    ClaimView,
    Fact,
    RoundView,
)
from opptak.admission.service import Applications, Rounds
from opptak.admission.states import CLAIM_OPEN
from opptak.allocation.service import Runs
from opptak.audit.service import AuditLog
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.documents.service import Letters
from opptak.engine.explain import Reader, tell
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.errors import NotFound
from opptak.kit.subject import Subject
from opptak.offers.service import Offers
from opptak.tenancy.config import Module
from opptak.tenancy.context import TenantContext, Work
from opptak.webkit import Given, Html, Screen, WebRequest
from opptak_admin.asking import Following, Option, asked, options
from opptak_admin.downloads import CSV, download
from opptak_admin.finding import read_find
from opptak_admin.logbook import entries, provider_name, wording
from opptak_admin.sheets import to_sheet

__all__ = ("ApplicationPages", "ClaimLine", "claim_lines")


class Arrival(StrEnum):
    """When an application came."""

    IN_TIME = "in_time"
    LATE = "late"


class ClaimsAsked(StrEnum):
    """Whether a reason for priority waits for somebody."""

    OPEN = "open"
    SETTLED = "settled"


class Needs(StrEnum):
    """What an application waits for somebody to see to."""

    RIGHT = "right"
    """A child with a right to a place has none."""
    CONTACT = "contact"
    """Nobody could be written to, and nobody has answered."""


class Reads(StrEnum):
    """Whether a history names those who have only looked."""

    SHOWN = "shown"


class HistoryAsked(Following, frozen=True, kw_only=True):
    """Which part of a history is asked for."""

    reads: Reads | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; `find` is a case number, a name or a date of birth."""

    find: Annotated[str, msgspec.Meta(max_length=100)] = ""
    round: UUID | None = None
    status: ApplicationStatus | None = None
    answer: Answer | None = None
    facility: UUID | None = None
    arrived: Arrival | None = None
    claims: ClaimsAsked | None = None
    needs: Needs | None = None
    sort: ApplicationSort = ApplicationSort.CASE_NUMBER
    after: UUID | None = None
    before: UUID | None = None

    def in_round(self, round_id: UUID | None) -> ApplicationFilter:
        """Return what to search for."""
        case_number, name, born_on = read_find(self.find)
        return ApplicationFilter(
            round_id=self.round or round_id,
            statuses=(self.status,) if self.status else (),
            answers=(self.answer,) if self.answer else (),
            facility_id=self.facility,
            case_number=case_number,
            name=name,
            born_on=born_on,
            late=None if self.arrived is None else self.arrived is Arrival.LATE,
            open_claims=None if self.claims is None else self.claims is ClaimsAsked.OPEN,
            unmet_right=True if self.needs is Needs.RIGHT else None,
            unheard=True if self.needs is Needs.CONTACT else None,
            sort=self.sort,
            after=self.after,
            before=self.before,
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


def _current(rounds: Sequence[RoundView]) -> UUID | None:
    found = current_round(rounds)
    return found.id if found else None


class ApplicationPages(Controller):
    """Applications."""

    path = "/applications"

    @get("/", action=Action.APPLICATION_READ)
    async def search(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a part of the list of applications that fit the filters."""
        search, text = asked(request, Wanted), screen.text
        rounds = await Rounds(work).all()
        found = await Applications(work).search(search.wanted.in_round(_current(rounds)))
        houses = await Facilities(work).offerable()
        return screen.render(
            "staff/applications.html",
            title="staff.applications.title",
            found=found,
            search=search,
            values=search.values,
            errors=search.errors,
            rounds=[Option(str(one.id), one.intake) for one in rounds] if len(rounds) > 1 else [],
            statuses=options(text, "staff.application.", ApplicationStatus),
            answers=options(text, "staff.answer.", Answer),
            facilities=[Option(str(house.id), house.name) for house in houses],
            arrivals=options(text, "staff.arrival.", Arrival),
            claims=options(text, "staff.claims.asked.", ClaimsAsked),
            needs=options(text, "staff.needs.", Needs),
            sorts=options(text, "staff.applications.sort.", ApplicationSort),
        )

    @get("/list.csv", action=Action.APPLICATION_READ)
    async def sheet(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Response[bytes]:
        """Hand out all applications that fit the filters, as a sheet."""
        wanted = asked(request, Wanted).wanted.in_round(_current(await Rounds(work).all()))
        rows = [row async for row in Applications(work).all_found(wanted)]
        return download(to_sheet(rows, screen.text), name="applications.csv", media_type=CSV)

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
            tabs=_tabs(case.id, "", work.subject, screen),
            may_write=allowed(work.subject, Action.APPLICATION_WRITE),
            may_decide=allowed(work.subject, Action.CLAIM_DECIDE),
        )

    @get("/{application_id:uuid}/outcome", action=Action.OFFER_READ, module=Module.OFFERS)
    async def outcome(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the offers of an application and where it waits."""
        case = await Applications(work).heading(application_id)
        offers, waiting = await Offers(work).outcome(application_id)
        return _page("outcome", case, work, screen, {"offers": offers, "waiting": waiting})

    @get("/{application_id:uuid}/why", action=Action.ROUND_READ, module=Module.ALLOCATION)
    async def why(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the reasons the family is given, and the steps behind them."""
        case = await Applications(work).heading(application_id)
        try:
            readers = (Reader.PARENT, Reader.CASE_WORKER)
            told = await Runs(work).explain_to(readers, application_id, language=screen.text.language)
        except NotFound:
            told = [[], []]
        sentences, steps = ([tell(one, screen.text) for one in those] for those in told)
        part = {"sentences": sentences, "steps": steps, "may_rule": allowed(work.subject, Action.RUN_RULE)}
        return _page("why", case, work, screen, part)

    @get("/{application_id:uuid}/letters", action=Action.LETTER_READ)
    async def letters(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the letters about an application."""
        case = await Applications(work).heading(application_id)
        letters = await Letters(work).of_application(application_id)
        names = {one.channel: provider_name(one.channel, screen.text) for one in letters if one.channel}
        return _page("letters", case, work, screen, {"letters": letters, "names": names})

    @get("/{application_id:uuid}/history", action=Action.APPLICATION_READ)
    async def history(
        self,
        request: WebRequest,
        work: Given[Work],
        screen: Given[Screen],
        application_id: FromPath[UUID],
    ) -> Html:
        """Show who has changed an application, and on demand who has read it."""
        case = await Applications(work).heading(application_id)
        search = asked(request, HistoryAsked)
        reads = search.wanted.reads is Reads.SHOWN
        found = await AuditLog(work).history(application_id, reads=reads, after=search.wanted.after)
        names = await Staff(work).names()
        lines = await entries(work, found.items, screen.text, names=names)
        part = {"entries": lines, "older": search.turned("after", found.last), "reads": reads}
        return _page("history", case, work, screen, part)


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
        tabs=_tabs(case.id, name, work.subject, screen),
        part=part,
    )


def _tabs(case_id: UUID, current: str, subject: Subject, screen: Screen) -> list[dict[str, object]]:
    address = f"/staff/applications/{case_id}"
    pages = (
        ("", Action.APPLICATION_READ, None),
        ("outcome", Action.OFFER_READ, Module.OFFERS),
        ("why", Action.ROUND_READ, Module.ALLOCATION),
        ("letters", Action.LETTER_READ, None),
        ("history", Action.APPLICATION_READ, None),
    )
    return [
        {
            "label": screen.text(f"staff.case.tab.{name or 'application'}"),
            "href": f"{address}/{name}" if name else address,
            "current": name == current,
        }
        for name, action, module in pages
        if screen.has(module) and allowed(subject, action)
    ]
