"""What a browser posts: read once, checked for what no person types, turned into a struct."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect

from opptak.kit.errors import Invalid, OpptakError
from opptak.ui.dates import read_date

__all__ = ("CSRF_FIELD", "BadRequest", "Form", "FormRefused", "read_form")

CSRF_FIELD = "_csrf_token"
_MOST_FIELDS = 500
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

T = TypeVar("T", bound=msgspec.Struct)


class BadRequest(OpptakError):
    """The request is not one a browser of ours would send."""

    status = 400
    code = "bad_request"


class Form:
    """The fields of a posted form: text in NFC, without control characters and outer blanks."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self.fields = fields
        """All values by field name, in the order they were sent."""

    @property
    def values(self) -> Mapping[str, str]:
        """The last value of each field, to fill the page with again."""
        return {name: values[-1] for name, values in self.fields.items()}

    def get(self, name: str) -> str:
        """Return a field's text; empty when it was not sent."""
        return self.fields.get(name, ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values sent under a name, without the empty ones."""
        return tuple(value for value in self.fields.get(name, ()) if value)

    def read(self, kind: type[T]) -> T:
        """Return the form as a struct; raises Invalid with a message key for every field that does not fit.

        A field left empty takes the struct's default. A date comes as `<name>-day`, `-month` and `-year`, a
        ticked box as any text; a tuple takes all values sent under its name.
        """
        converted: dict[str, object] = {}
        errors: dict[str, str] = {}
        for field in msgspec.structs.fields(kind):
            try:
                raw = self._raw(field.name, inspect.type_info(field.type))
            except Invalid as unread:
                errors.update(unread.fields)
                continue
            if raw in {"", ()} and not field.required:
                continue
            try:
                converted[field.name] = msgspec.convert(raw, field.type, strict=False)
            except msgspec.ValidationError:
                errors[field.name] = _problem(raw, inspect.type_info(field.type))
        if errors:
            raise Invalid(errors)
        return kind(**converted)

    def _raw(self, name: str, kind: inspect.Type) -> str | bool | date | tuple[str, ...]:
        if _is(kind, inspect.DateType):
            return read_date(self.values, name) or self.get(name)
        if _is(kind, inspect.BoolType):
            return bool(self.get(name))
        if isinstance(kind, inspect.ListType | inspect.VarTupleType):
            return self.all(name)
        return self.get(name)


class FormRefused(Exception):
    """A form that can't be accepted, with the page to show again: status 422, the transaction rolled back.

    `errors` maps a field's name to a message key; the page gets `errors`, and what was typed as `values`.
    """

    def __init__(
        self,
        template: str,
        errors: Mapping[str, str],
        *,
        title: str,
        title_params: Mapping[str, str | int] | None = None,
        status: int = 422,
        **context: object,
    ) -> None:
        super().__init__(template)
        self.template = template
        self.errors = errors
        self.title = title
        self.title_params = title_params or {}
        self.status = status
        self.context = context


def read_form(body: bytes) -> Form:
    """Read a URL-encoded body; raises BadRequest for broken encodings, NUL characters and too many fields."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as broken:
        raise BadRequest from broken
    if any("\0" in part for pair in pairs for part in pair):
        raise BadRequest
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(_clean(value))
    return Form(fields)


def _clean(text: str) -> str:
    return _CONTROLS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n"))).strip()


def _is(kind: inspect.Type, wanted: type[inspect.Type]) -> bool:
    members = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(isinstance(_bare(member), wanted) for member in members)


def _bare(kind: inspect.Type) -> inspect.Type:
    return _bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def _problem(raw: object, kind: inspect.Type) -> str:
    if _is(kind, inspect.DateType):
        return "ui.error.date"
    if raw in {"", ()}:
        return "web.field.required"
    if _is(kind, inspect.IntType) or _is(kind, inspect.FloatType):
        return "web.field.number"
    return "web.field.invalid"
