"""What parents post, read into what the services take."""

from datetime import date
from uuid import UUID

import msgspec

from opptak.admission.schemas import Answers, ApplicationView
from opptak.kit.errors import Invalid
from opptak.webkit import Form

__all__ = ("TwoAnswers", "VersionForm", "WishesForm", "given_so_far", "moved", "read_answers")


class TwoAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The two questions; `version` is that of the application the form was made from."""

    version: int
    start_on: date | None = None
    days_per_week: int | None = None


class WishesForm(msgspec.Struct, frozen=True, kw_only=True):
    """The wishes in their order, with what is to be done to them."""

    version: int
    wishes: tuple[UUID, ...] = ()
    move: str = ""
    add: UUID | None = None
    accepts_elsewhere: bool = False


class VersionForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that changes no answer."""

    version: int


_MISSING = {
    "start_on": "admission.field.start_on.missing",
    "days_per_week": "admission.field.days_per_week.missing",
}


def read_answers(form: Form, *, whole: bool) -> TwoAnswers:
    """Read the two answers, both of them if it is to be `whole`; raises Invalid with all that is wrong."""
    missing = {field: problem for field, problem in _MISSING.items() if whole and not _typed(form, field)}
    try:
        given = form.read(TwoAnswers)
    except Invalid as refused:
        wrong = {**missing, **refused.fields}
        raise Invalid({field: wrong[field] for field in (*_MISSING, *wrong) if field in wrong}) from refused
    if missing:
        raise Invalid(missing)
    return given


def given_so_far(application: ApplicationView, **changed: object) -> Answers:
    """Return an application's answers, some of them changed."""
    answers = Answers(
        start_on=application.start_on,
        days_per_week=application.days_per_week,
        accepts_elsewhere=application.accepts_elsewhere,
        statutory_priority=application.statutory_priority,
    )
    return msgspec.structs.replace(answers, **changed)


def moved(form: WishesForm) -> tuple[UUID, ...]:
    """Return the wishes after the button that was pressed: `up:2`, `down:2`, `remove:2` or `add`."""
    wishes = list(form.wishes)
    verb, _, row = form.move.partition(":")
    if verb == "add" and form.add and form.add not in wishes:
        wishes.append(form.add)
    place = int(row) - 1 if row.isdecimal() and 0 < int(row) <= len(wishes) else None
    if place is None:
        return tuple(wishes)
    wish = wishes.pop(place)
    if verb != "remove":
        wishes.insert(max(0, place + (-1 if verb == "up" else 1)), wish)
    return tuple(wishes)


def _typed(form: Form, field: str) -> bool:
    return any(value for name, value in form.values.items() if name.partition("-")[0] == field)
