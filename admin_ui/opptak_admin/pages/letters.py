"""Letters: what has been sent, how far it has come, and sending it once more."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from opptak.admission.service import Applications
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.documents.schemas import (
    LetterCount,
    LetterFile,
    LetterFilter,
    LetterKind,
    LetterRow,
    LetterState,
    ResendReason,
)
from opptak.documents.service import Letters
from opptak.kit.i18n import Translator
from opptak.tenancy.context import Work
from opptak.ui.dates import format_moment
from opptak.webkit import Flash, Given, Html, Screen, WebRequest
from opptak_admin.asking import Option, PageNumber, asked, options
from opptak_admin.downloads import download
from opptak_admin.finding import read_find
from opptak_admin.logbook import provider_name

__all__ = ("LetterPages",)

A_PAGE = 20
"""Letters on a page: a card each, on a telephone."""


class Reached(StrEnum):
    """Whether a letter has got where it should."""

    NOT = "not"


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The form that has a letter sent once more."""

    reason: ResendReason


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; `find` is a case number or a name."""

    find: Annotated[str, msgspec.Meta(max_length=100)] = ""
    kind: LetterKind | None = None
    state: LetterState | None = None
    channel: str = ""
    language: str = ""
    reached: Reached | None = None
    page: PageNumber = 1


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Letters counted by one of their traits."""

    label: str
    items: Sequence[dict[str, object]]


class LetterPages(Controller):
    """Letters and their delivery."""

    path = "/letters"

    @get("/", action=Action.LETTER_READ)
    async def overview(self, request: WebRequest, work: Given[Work], screen: Given[Screen]) -> Html:
        """Show a page of the letters that fit the filters, under the figures of all."""
        search, text = asked(request, Wanted), screen.text
        wanted = search.wanted
        _, name, _ = read_find(wanted.find)
        chosen = LetterFilter(
            application_id=await _case(work, "" if name else wanted.find.strip()),
            name=name,
            kind=wanted.kind,
            state=wanted.state,
            channel=wanted.channel or None,
            language=wanted.language or None,
            undelivered=wanted.reached is Reached.NOT,
        )
        found = await Letters(work).overview(chosen, page=wanted.page, size=A_PAGE)
        tally = await Letters(work).tally()
        languages = sorted({count.language for count in tally})
        channels = sorted({count.channel for count in tally if count.channel})
        return screen.render(
            "staff/letters.html",
            title="staff.letters.title",
            found=found,
            cases=await _cases(work, found.items),
            groups=_groups(tally, text),
            search=search,
            values=search.values,
            errors=search.errors,
            kinds=options(text, "letter.kind.", LetterKind),
            states=options(text, "letter.state.", LetterState),
            channels=[Option(channel, provider_name(channel, text)) for channel in channels],
            names={channel: provider_name(channel, text) for channel in channels},
            languages=[Option(code, text(f"staff.language.{code}")) for code in languages],
            reach=options(text, "staff.letters.reached.", Reached),
            zone=work.tenant.document.time_zone,
        )

    @get("/{letter_id:uuid}", action=Action.LETTER_READ)
    async def show(self, work: Given[Work], screen: Given[Screen], letter_id: FromPath[UUID]) -> Html:
        """Show a letter and its way so far."""
        file = await Letters(work).get(letter_id)
        letter = file.letter
        sent = letter.state is not LetterState.QUEUED
        return screen.render(
            "staff/letter.html",
            title=f"letter.kind.{letter.kind}",
            letter=letter,
            recipient=file.recipient,
            events=_events(file, screen),
            channel=provider_name(letter.channel, screen.text) if letter.channel else "",
            reasons=options(screen.text, "staff.letter.reason.", ResendReason),
            may_resend=sent and allowed(work.subject, Action.LETTER_RESEND),
            may_open=allowed(work.subject, Action.APPLICATION_READ),
            zone=work.tenant.document.time_zone,
        )

    @get("/{letter_id:uuid}/letter.pdf", action=Action.LETTER_READ)
    async def pdf(self, work: Given[Work], letter_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out the document as it was sent."""
        content = await Letters(work).pdf(letter_id)
        return download(content, name=f"{letter_id}.pdf", media_type="application/pdf")

    @post("/{letter_id:uuid}/resend", action=Action.LETTER_RESEND)
    async def resend(self, work: Given[Work], screen: Given[Screen], letter_id: FromPath[UUID]) -> Redirect:
        """Have a copy sent to the address known today."""
        copy = await Letters(work).resend(letter_id, screen.form.read(Again).reason)
        return screen.redirect(f"/staff/letters/{copy}", flash=Flash("staff.letter.resent"))


async def _case(work: Work, case_number: str) -> UUID | None:
    """Return the application with a case number; of one nobody knows, an id that nothing has."""
    if not case_number:
        return None
    return await Applications(work).id_of(case_number) or UUID(int=0)


async def _cases(work: Work, rows: Sequence[LetterRow]) -> Mapping[UUID, str]:
    """Return the numbers of the cases letters are about, for those who may look at applications."""
    ids = {row.letter.application_id for row in rows if row.letter.application_id}
    may_look = allowed(work.subject, Action.APPLICATION_READ)
    return await Applications(work).case_numbers(ids) if ids and may_look else {}


def _groups(tally: Sequence[LetterCount], text: Translator) -> list[Group]:
    return [
        Group(
            label=text("staff.letters.by_state"),
            items=_sums(tally, lambda count: text(f"letter.state.{count.state}")),
        ),
        Group(
            label=text("staff.letters.by_channel"),
            items=_sums(tally, lambda count: _channel(count, text)),
        ),
        Group(
            label=text("staff.letters.by_language"),
            items=_sums(tally, lambda count: text(f"staff.language.{count.language}")),
        ),
    ]


def _channel(count: LetterCount, text: Translator) -> str:
    return provider_name(count.channel, text) if count.channel else text("staff.letters.no_channel")


def _sums(tally: Sequence[LetterCount], trait: Callable[[LetterCount], str]) -> list[dict[str, object]]:
    """Return how many letters share a trait, the most frequent first."""
    found: Counter[str] = Counter()
    for count in tally:
        found[trait(count)] += count.number
    return [{"label": label, "value": number} for label, number in found.most_common()]


def _events(file: LetterFile, screen: Screen) -> list[dict[str, str]]:
    """Return what has happened to a letter, its writing first."""
    zone, text = screen.tenant.document.time_zone, screen.text
    written = (text("staff.letter.written"), file.letter.created_at, "")
    later = [(text(f"letter.state.{one.state}"), one.happened_at, one.detail) for one in file.events]
    return [
        {
            "state": "done",
            "title": title,
            "when": format_moment(moment, language=text.language, zone=zone),
            "text": detail,
        }
        for title, moment, detail in (written, *later)
    ]
