"""Assisted applications: a family answers on paper, by telephone or in person, and staff write it down."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.errors import ApplicationChanged
from opptak.admission.schemas import Answer, Answers, ApplicationView
from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.kit.errors import Invalid
from opptak.people.schemas import GuardianView
from opptak.people.service import People
from opptak.tenancy.config import RoundConfig
from opptak.tenancy.context import Work
from opptak.ui.dates import write_date
from opptak.webkit import Flash, Form, FormRefused, Given, Html, Screen
from opptak_admin.asking import Option

__all__ = ("AssistedPages",)

_TEMPLATE, _TITLE = "staff/answer.html", "staff.assisted.title"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    version: int
    answer: Answer
    start_on: date | None = None
    days_per_week: int | None = None
    accepts_elsewhere: bool = False
    statutory_priority: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the form, beside the answers."""

    case: ApplicationView
    round: RoundConfig
    guardians: Sequence[GuardianView]
    """They get the receipt and all letters."""
    days: Sequence[Option]
    facilities: Sequence[Option]


class AssistedPages(Controller):
    """Answering and withdrawing for a family."""

    path = "/applications/{application_id:uuid}"

    @get("/answer", action=Action.APPLICATION_WRITE)
    async def show(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the form as it has been filled in so far."""
        sheet = await _sheet(work, screen, application_id)
        filled = screen.stash.values if screen.stash else _filled(sheet.case)
        return screen.render(_TEMPLATE, title=_TITLE, values=filled, sheet=sheet)

    @post("/answer", action=Action.APPLICATION_WRITE)
    async def answer(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Write the family's answer down; a yes sends the application in."""
        try:
            written = screen.form.read(Written)
            await _write(work, application_id, written, _wishes(screen.form))
        except (Invalid, ApplicationChanged) as refused:
            faults = refused.fields if isinstance(refused, Invalid) else {"answer": f"error.{refused.code}"}
            sheet = await _sheet(work, screen, application_id)
            raise FormRefused(_TEMPLATE, faults, title=_TITLE, sheet=sheet) from refused
        return screen.redirect(f"/staff/applications/{application_id}", flash=Flash("staff.assisted.done"))

    @get("/withdraw", action=Action.APPLICATION_WRITE)
    async def ask(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Ask whether the family really wants to withdraw."""
        case = await Applications(work).heading(application_id)
        return screen.render("staff/withdraw.html", title="staff.withdraw.title", case=case)

    @post("/withdraw", action=Action.APPLICATION_WRITE)
    async def withdraw(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Withdraw for the family."""
        await Applications(work).withdraw(application_id)
        return screen.redirect(f"/staff/applications/{application_id}", flash=Flash("staff.withdraw.done"))


async def _write(work: Work, application_id: UUID, written: Written, wishes: tuple[UUID, ...]) -> None:
    if written.answer is not Answer.YES:
        await Applications(work).answer_no(application_id, written.answer)
        return
    answers = Answers(
        start_on=written.start_on,
        days_per_week=written.days_per_week,
        wishes=wishes,
        accepts_elsewhere=written.accepts_elsewhere,
        statutory_priority=written.statutory_priority,
    )
    await Applications(work).submit(application_id, answers, version=written.version)


def _wishes(form: Form) -> tuple[UUID, ...]:
    """Return the wishes in the order of their fields; raises Invalid for what is not a house."""
    chosen = [form.get(name) for name in form.fields if name == "wishes" or name.startswith("wishes-")]
    try:
        return tuple(UUID(one) for one in chosen if one)
    except ValueError:
        raise Invalid({"wishes": "web.field.invalid"}) from None


async def _sheet(work: Work, screen: Screen, application_id: UUID) -> Sheet:
    case, houses = await Applications(work).choices(application_id)
    guardians = await People(work).guardians_of([case.child_id])
    round_ = work.tenant.document.round(case.intake)
    return Sheet(
        case=case,
        round=round_,
        guardians=guardians[case.child_id],
        days=_days(screen, round_.days_choices),
        facilities=[Option(str(house.facility_id), house.facility_name) for house in houses],
    )


def _days(screen: Screen, choices: Sequence[int]) -> list[Option]:
    return [Option(str(days), screen.text.plural("staff.days", days)) for days in choices]


def _filled(case: ApplicationView) -> Mapping[str, str]:
    wishes = {
        "wishes" if number == 1 else f"wishes-{number}": str(wish.facility_id)
        for number, wish in enumerate(case.wishes, start=1)
    }
    return {
        "answer": "" if case.answer is Answer.NONE else case.answer.value,
        "days_per_week": str(case.days_per_week or ""),
        "accepts_elsewhere": "yes" if case.accepts_elsewhere else "",
        "statutory_priority": "yes" if case.statutory_priority else "",
        **(write_date("start_on", case.start_on) if case.start_on else {}),
        **wishes,
    }
