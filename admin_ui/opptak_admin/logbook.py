"""Entries of the audit log in words: who did what, and when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from opptak.audit.schemas import AuditView, Outcome
from opptak.authz.actions import Action
from opptak.authz.check import allowed
from opptak.kit.i18n import Translator
from opptak.kit.subject import Space, Subject
from opptak.people.service import People
from opptak.tenancy.context import Work

__all__ = ("Entry", "entries", "name_of", "provider_name", "wording")

_WORDS: Mapping[str, Sequence[str]] = {
    "actor": ("staff.job.",),
    "answer": ("staff.answer.",),
    "fact": ("staff.fact.",),
    "origin": ("staff.origin.",),
    "reason": ("staff.problem.reason.",),
    "state": ("staff.claim.", "letter.state."),
    "status": ("staff.application.", "staff.offer."),
}
"""Where the words of a detail's values are kept."""

_LISTED = frozenset({"rows", "listed"})
"""Details that say how much a list showed."""

_PAGES: Mapping[str, tuple[str, Action]] = {
    "application": ("/staff/applications/", Action.APPLICATION_READ),
    "facility": ("/staff/kindergartens/", Action.FACILITY_READ),
    "letter": ("/staff/letters/", Action.LETTER_READ),
    "run": ("/staff/runs/", Action.ROUND_READ),
}
"""Where things can be looked at, and what one must be allowed to for that."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log."""

    happened_at: datetime
    who: str
    what: str
    outcome: Outcome
    target: str
    target_id: UUID | None
    href: str
    """The thing's own page; empty where there is none, or none for whoever looks."""
    details: str


async def entries(
    work: Work, views: Sequence[AuditView], text: Translator, *, names: Mapping[UUID, str]
) -> list[Entry]:
    """Return lines of the log in words; `names` are those of the staff. One query, however many lines."""
    known = {**names, **await _parents(work, views)}
    return [_entry(view, known, text, href=_href(view, work.subject)) for view in views]


def name_of(who: UUID | None, names: Mapping[UUID, str], text: Translator) -> str:
    """Return the name of who did something: somebody, or the platform by itself."""
    return names.get(who, text("staff.someone")) if who else text("staff.by_itself")


def wording(key: str, text: Translator, *, otherwise: str) -> str:
    """Return a text, or the bare code of something nobody has found words for."""
    return text(key) if text.knows(key) else otherwise


def provider_name(name: str, text: Translator) -> str:
    """Return what people call the service behind a technical name."""
    return wording(f"provider.{name}", text, otherwise=name)


async def _parents(work: Work, views: Collection[AuditView]) -> dict[UUID, str]:
    ids = {view.subject_id for view in views if view.space is Space.PARENTS and view.subject_id}
    people = await People(work).get(ids) if ids else {}
    return {person.id: person.name for person in people.values()}


def _href(view: AuditView, subject: Subject) -> str:
    page, action = _PAGES.get(view.target_kind, ("", None))
    if action is None or view.target_id is None or view.outcome is Outcome.MISSING:
        return ""
    return f"{page}{view.target_id}" if allowed(subject, action) else ""


def _entry(view: AuditView, names: Mapping[UUID, str], text: Translator, *, href: str) -> Entry:
    details = [_detail(name, value, text) for name, value in view.details.items()]
    if view.shown:
        details.insert(0, text.plural("staff.audit.shown", len(view.shown)))
    return Entry(
        happened_at=view.happened_at,
        who=_who(view, names, text),
        what=_what(view.action, text),
        outcome=view.outcome,
        target=wording(f"staff.target.{view.target_kind}", text, otherwise=view.target_kind),
        target_id=view.target_id,
        href=href,
        details=", ".join(details),
    )


def _who(view: AuditView, names: Mapping[UUID, str], text: Translator) -> str:
    """Return the name of whoever it was; nobody knows who failed to log in."""
    unknown = view.subject_id is None and view.space is not Space.SYSTEM
    return text("staff.someone") if unknown else name_of(view.subject_id, names, text)


def _what(action: str, text: Translator) -> str:
    """Return an action in words; the platform's jobs are told of under their own names."""
    job = wording(f"staff.job.{action}", text, otherwise=action)
    return wording(f"staff.action.{action}", text, otherwise=job)


def _detail(name: str, value: str | int | bool | None, text: Translator) -> str:
    if name in _LISTED and isinstance(value, int):
        return text.plural("staff.audit.shown", value)
    return f"{wording(f'staff.detail.{name}', text, otherwise=name)}: {_value(name, value, text)}"


def _value(name: str, value: str | int | bool | None, text: Translator) -> str:
    if isinstance(value, bool):
        return text("staff.yes" if value else "staff.no")
    known = [f"{prefix}{value}" for prefix in _WORDS.get(name, ()) if text.knows(f"{prefix}{value}")]
    return text(known[0]) if known else str(value)
