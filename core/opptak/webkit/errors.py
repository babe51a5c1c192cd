"""Errors as people and programs read them: a page of the site, or problem details (RFC 9457) under /api."""

import logging
from types import TracebackType
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from opptak.kit.errors import Invalid, LoginRequired, NotFound, OpptakError, Unavailable
from opptak.kit.i18n import Translator
from opptak.webkit.forms import BadRequest, FormRefused
from opptak.webkit.screen import Screen
from opptak.webkit.stash import form_page
from opptak.webkit.visit import UNSAFE, Visit, WebRequest

__all__ = (
    "DATABASE_AWAY",
    "EXCEPTION_HANDLERS",
    "PROBLEM",
    "Problem",
    "TypesRefused",
    "UnsupportedMedia",
    "problem_title",
    "problem_words",
    "refusal",
    "to_come_back",
)

_log = logging.getLogger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError, PoolExhausted)
"""What SQLAlchemy raises when the database does not answer, or has no connection left for us."""


PROBLEM = "urn:opptak:problem:"
"""What the type of every problem begins with; its code follows."""

_PASSING = frozenset({429, 503})
"""Statuses of what passes by itself."""

_MINUTE = "60"
"""Seconds."""


class Internal(OpptakError):
    """Something nobody expected; the log says where."""

    code = "internal"


class TooLarge(OpptakError):
    """What was sent is longer than we take."""

    status = 413
    code = "too_large"


class MethodNotAllowed(OpptakError):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"


class UnsupportedMedia(OpptakError):
    """The body is of another kind than the address takes."""

    status = 415
    code = "unsupported_media"


class TypesRefused(Invalid):
    """Some of what was sent is missing, unknown, or of another type; `fields` tells which."""

    code = "types_refused"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details (RFC 9457): `code` is stable and ends the `type`, `title` is in the caller's language,
    `trace` finds our log, `fields` says what is wrong with which of the fields sent.
    """

    type: str
    code: str
    status: int
    title: str
    trace: str
    fields: dict[str, str] = {}


def problem_title(text: Translator, error: OpptakError) -> str:
    """Return the message key of a page's title: the error's own, else that of its status."""
    own = f"web.problem.{error.code}"
    return own if text.knows(own) else f"web.problem.{error.status}"


def problem_words(text: Translator, code: str, **params: str | int) -> str:
    """Return a problem in words: those for programs, which see no page and no form, else those for people."""
    own = f"api.problem.{code}"
    return text(own if text.knows(own) else f"error.{code}", **params)


def to_come_back(error: OpptakError) -> dict[str, str]:
    """Return the headers that say when to try again; none where waiting does not help."""
    return {"Retry-After": _MINUTE} if error.status in _PASSING else {}


def problem_page(visit: Visit, error: OpptakError) -> Response[str]:
    """Return the page of an error."""
    screen = Screen(visit)
    page = screen.render(
        "web/problem.html",
        title=problem_title(screen.text, error),
        status=error.status,
        message=screen.text(f"error.{error.code}", **error.params),
        login_again=visit.login_path if visit.at_login and visit.login is None else "",
        trace=visit.trace if error.status >= 500 else "",
    )
    page.headers.update(to_come_back(error))
    return page


def refusal(visit: Visit, error: OpptakError) -> Response[str] | Response[bytes]:
    """Return what answers in place of the application: a page, or problem details for a program."""
    return _problem_details(visit, error) if visit.by_program else problem_page(visit, error)


def _expected(request: WebRequest, error: OpptakError) -> Response[str] | Response[bytes]:
    visit = Visit.of(request)
    if isinstance(error, LoginRequired) and not visit.by_program:
        return _to_login(visit, request)
    return refusal(visit, error)


def _refused_form(request: WebRequest, refused: FormRefused) -> Response[str]:
    return Screen(Visit.of(request)).render_refused(refused)


def _http(request: WebRequest, error: HTTPException) -> Response[str] | Response[bytes]:
    # Litestar's own words may quote what was sent.
    return _answer(
        request, _HTTP.get(error.status_code, BadRequest if error.status_code < 500 else Internal)()
    )


_HTTP = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge, 415: UnsupportedMedia}


def _refused_types(request: WebRequest, error: ValidationException) -> Response[str] | Response[bytes]:
    """Name the fields, without the words: they may quote what was sent."""
    extra = error.extra if isinstance(error.extra, list) else []
    names = {str(one["key"]) for one in extra if isinstance(one, dict) and one.get("key")}
    if "visit" not in request.scope["state"] or not Visit.of(request).by_program:
        return _http(request, error)
    return _answer(request, TypesRefused(dict.fromkeys(sorted(names), "error.field_type")))


def _too_deep(request: WebRequest, _error: RecursionError) -> Response[str] | Response[bytes]:
    # Nothing of ours goes down what it was sent level by level; reading JSON does.
    return _answer(request, BadRequest())


def _unexpected(request: WebRequest, error: Exception) -> Response[str] | Response[bytes]:
    away = isinstance(error, DATABASE_AWAY)
    trace = request.scope["state"].get("trace", "")
    # An error's own text may quote a person; its kind and places may not.
    _log.error(
        "%s at %s",
        " from ".join(_kinds(error)),
        " < ".join(_places(error.__traceback__)),
        extra={"trace": trace, "kind": type(error).__name__},
    )
    return _answer(request, Unavailable() if away else Internal())


def _answer(request: WebRequest, error: OpptakError) -> Response[str] | Response[bytes]:
    if "visit" not in request.scope["state"]:
        return Response(error.code, status_code=error.status, media_type="text/plain")
    return _expected(request, error)


def _problem_details(visit: Visit, error: OpptakError) -> Response[bytes]:
    text = visit.tenant.translator(visit.language)
    fields = {name: text(key) for name, key in getattr(error, "fields", {}).items()}
    title = problem_words(text, error.code, **error.params)
    problem = Problem(f"{PROBLEM}{error.code}", error.code, error.status, title, visit.trace, fields)
    return Response(
        msgspec.json.encode(problem),
        status_code=error.status,
        media_type="application/problem+json",
        headers=to_come_back(error),
    )


def _to_login(visit: Visit, request: WebRequest) -> Response[str]:
    back = form_page(visit) if request.method in UNSAFE else visit.address
    login = f"{visit.login_path}?{urlencode({'next': back})}"
    if visit.headers.get("hx-request") == "true":
        # A script would follow a redirect to another host and fail; the browser itself has to go.
        return Response("", status_code=401, headers={"HX-Redirect": login})
    return Response("", status_code=303, headers={"Location": login})


def _kinds(error: BaseException) -> list[str]:
    cause = error.__cause__ or error.__context__
    return [type(error).__qualname__, *(_kinds(cause) if cause else [])]


def _places(traceback: TracebackType | None) -> list[str]:
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_qualname}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[::-1]


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    OpptakError: _answer,
    FormRefused: _refused_form,
    ValidationException: _refused_types,
    HTTPException: _http,
    RecursionError: _too_deep,
    Exception: _unexpected,
}
