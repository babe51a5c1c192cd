"""What is asked for in the address of a list: its filters, and which page of it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from opptak.kit.errors import Invalid
from opptak.kit.i18n import Translator
from opptak.webkit import Form, WebRequest

__all__ = ("Asked", "Following", "Listing", "Option", "PageNumber", "asked", "options")

PAGE = "page"
PLACES = frozenset({PAGE, "after", "before"})
"""What says where in a list one is, and not what the list holds."""

PageNumber = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
"""Which page of a list, counted from 1."""

T = TypeVar("T", bound=msgspec.Struct)


class Option(msgspec.Struct, frozen=True):
    """Something to choose in a form."""

    value: str
    label: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is asked for of a list without filters."""

    page: PageNumber = 1


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """Which slice is asked for of a list that is not counted: what comes after one of its things."""

    after: UUID | None = None


class Asked(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What is looked for, and what the page's form and links need to ask for it again."""

    wanted: T
    values: Mapping[str, str]
    errors: Mapping[str, str]
    """Filters that make no sense, which were left at their defaults."""

    @property
    def active(self) -> bool:
        """Whether any filter is set."""
        return any(self.values.values())

    @property
    def query(self) -> str:
        """The filters as the query of an address, with a `?` in front; empty without any."""
        kept = [(name, value) for name, value in self.values.items() if value]
        return "?" + urlencode(kept) if kept else ""

    def turned(self, way: str, place: UUID | None) -> str:
        """Return the address of the part of the list `after` or `before` a place, empty for no place."""
        kept = [(name, value) for name, value in self.values.items() if value]
        return "?" + urlencode([*kept, (way, str(place))]) if place else ""

    @property
    def pages(self) -> str:
        """The address of the list's pages, without the number at its end."""
        kept = [(name, value) for name, value in self.values.items() if value]
        return "?" + urlencode([*kept, (PAGE, "")])


def asked(request: WebRequest, kind: type[T]) -> Asked[T]:
    """Read the filters in the address."""
    form = Form({name: request.query_params.getall(name) for name in request.query_params})
    values = {name: value for name, value in form.values.items() if name not in PLACES}
    try:
        return Asked(wanted=form.read(kind), values=values, errors={})
    except Invalid as refused:
        faults = {name: fault for name, fault in refused.fields.items() if name not in PLACES}
        return Asked(wanted=_without(form, refused.fields).read(kind), values=values, errors=faults)


def options(text: Translator, prefix: str, values: Iterable[StrEnum]) -> list[Option]:
    """Return choices with their names, the messages `<prefix><value>`."""
    return [Option(value.value, text(f"{prefix}{value}")) for value in values]


def _without(form: Form, faults: Mapping[str, str]) -> Form:
    """Return the form without some fields; a date is three of them."""
    return Form(
        {name: values for name, values in form.fields.items() if name.partition("-")[0] not in faults}
    )
