"""Decisions by hand: what one would change for others, its reason, and those that hold."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.schemas import ApplicationView
from opptak.admission.service import Applications
from opptak.allocation.rulings import Rulings
from opptak.allocation.schemas import Fate, Ruled, RulingView
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.engine.certificate import Kind
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.errors import Invalid
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.ui.dates import format_moment
from opptak.webkit import Flash, FormRefused, Given, Html, Screen, WebRequest
from opptak_admin.asking import Option, asked, options
from opptak_admin.logbook import name_of
from opptak_admin.outcome import places

__all__ = ("RulingPages",)

_TEMPLATE, _TITLE = "staff/ruling.html", "staff.ruling.title"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is thought of: shown with its effect once both are chosen."""

    unit: UUID | None = None
    kind: Kind | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The form that stores a decision."""

    unit: UUID
    kind: Kind
    reason: str = ""


class EffectLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a child would get without the decision, and with it."""

    id: UUID
    case_number: str
    name: str
    before: str
    after: str


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that is thought of, what there is to choose, and its effect once it is chosen."""

    case: ApplicationView
    units: Sequence[Option]
    kinds: Sequence[Option]
    unit: str
    wanted: Wanted
    effect: Sequence[EffectLine] | None


class RulingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that holds."""

    id: UUID
    application_id: UUID
    case_number: str
    kind: Kind
    unit: str
    reason: str
    made: str


class RulingPages(Controller):
    """Decisions by hand about the children of a round."""

    path = "/"

    @get("/rulings", action=Action.RUN_READ, module=Module.ALLOCATION)
    async def overview(self, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show the decisions that runs keep to."""
        found = await Rulings(work).in_force()
        return screen.render(
            "staff/rulings.html",
            title="staff.rulings.title",
            rulings=await _lines(work, screen, found),
            may_rule=allowed(work.subject, Action.RUN_RULE),
        )

    @get("/applications/{application_id:uuid}/ruling", action=Action.RUN_RULE, module=Module.ALLOCATION)
    async def ask(
        self, request: WebRequest, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Html:
        """Ask what is to be decided; once it is chosen, show what it changes and ask why."""
        wanted = asked(request, Wanted).wanted
        thought = await _thought(work, screen, application_id, wanted)
        values = {"unit": str(wanted.unit or ""), "kind": str(wanted.kind or "")}
        return screen.render(_TEMPLATE, title=_TITLE, values=values, thought=thought)

    @post("/applications/{application_id:uuid}/ruling", action=Action.RUN_RULE, module=Module.ALLOCATION)
    async def store(
        self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]
    ) -> Redirect:
        """Store the decision; the next run keeps to it."""
        case = await Applications(work).get(application_id)
        sent = screen.form.read(Sent)
        ruled = Ruled(application_id=case.id, unit_id=sent.unit, kind=sent.kind)
        try:
            await Rulings(work).make(ruled, reason=sent.reason)
        except Invalid as refused:
            thought = await _thought(work, screen, case.id, Wanted(unit=sent.unit, kind=sent.kind))
            raise FormRefused(_TEMPLATE, refused.fields, title=_TITLE, thought=thought) from refused
        return screen.redirect("/staff/rulings", flash=Flash("staff.ruling.done"))

    @post("/rulings/{ruling_id:uuid}/lift", action=Action.RUN_RULE, module=Module.ALLOCATION)
    async def lift(self, work: Given[Work], screen: Given[Screen], ruling_id: FromPath[UUID]) -> Redirect:
        """Take a decision back."""
        await Rulings(work).lift(ruling_id)
        return screen.redirect("/staff/rulings", flash=Flash("staff.ruling.lifted"))


async def _thought(work: Work, screen: Screen, application_id: UUID, wanted: Wanted) -> Thought:
    case = await Applications(work).get(application_id)
    record(work, Action.APPLICATION_READ, "application", case.id)
    names = places(await Rulings(work).units(case))
    effect: list[EffectLine] | None = None
    if wanted.unit is not None and wanted.kind is not None:
        ruled = Ruled(application_id=case.id, unit_id=wanted.unit, kind=wanted.kind)
        effect = await _effect_lines(work, screen, await Rulings(work).effect(ruled))
    return Thought(
        case=case,
        units=[Option(unit, name) for unit, name in names.items()],
        kinds=options(screen.text, "staff.ruling.kind.", Kind),
        unit=names.get(str(wanted.unit), ""),
        wanted=wanted,
        effect=effect,
    )


async def _effect_lines(work: Work, screen: Screen, fates: Sequence[Fate]) -> list[EffectLine]:
    headings = await Applications(work).named([fate.application_id for fate in fates])
    names = places(await Facilities(work).programs(work.tenant.today()))
    nothing = screen.text("staff.ruling.no_place")
    return [
        EffectLine(
            id=fate.application_id,
            case_number=headings[fate.application_id].case_number,
            name=headings[fate.application_id].child_name,
            before=names.get(str(fate.before), nothing),
            after=names.get(str(fate.after), nothing),
        )
        for fate in fates
        if fate.application_id in headings
    ]


async def _lines(work: Work, screen: Screen, found: Sequence[RulingView]) -> list[RulingLine]:
    headings = await Applications(work).named([one.application_id for one in found])
    names = places(await Facilities(work).programs(work.tenant.today()))
    people = await Staff(work).names()
    zone, text = work.tenant.document.time_zone, screen.text
    return [
        RulingLine(
            id=one.id,
            application_id=one.application_id,
            case_number=headings[one.application_id].case_number,
            kind=one.kind,
            unit=names.get(str(one.unit_id), "–"),
            reason=one.reason,
            made=f"{format_moment(one.made_at, language=text.language, zone=zone)} "
            f"{name_of(one.made_by, people, text)}",
        )
        for one in found
        if one.application_id in headings
    ]
