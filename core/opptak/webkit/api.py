"""The JSON API of each site: its root, who calls, and what has stopped; described at `/api/schema`."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from opptak import __version__
from opptak.authz.actions import Action
from opptak.authz.check import PUBLIC, allowed
from opptak.kit.errors import LoginRequired
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.tenancy.problems import ProblemGroup, Problems, SetAsideReason
from opptak.webkit.errors import TypesRefused, UnsupportedMedia
from opptak.webkit.injection import Given
from opptak.webkit.languages import LANGUAGE_COOKIE
from opptak.webkit.problems import retry_all, set_aside
from opptak.webkit.visit import Visit, WebRequest

__all__ = (
    "API",
    "ApiRoot",
    "OwnCaller",
    "StaffCaller",
    "StaffProblems",
    "query_names",
    "require_json",
    "require_known_query",
)

API = "/api/v1"
"""Where the API is, below the site whose logins it takes."""


class ApiDescription(msgspec.Struct, frozen=True):
    """What answers here."""

    municipality: str
    version: str
    languages: tuple[str, ...]
    modules: tuple[Module, ...]
    """What the municipality has switched on for parents."""
    openapi: str


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls; `csrf` goes into the header `X-CSRFToken` of whatever changes something."""

    id: UUID | None
    name: str
    roles: tuple[str, ...]
    actions: tuple[Action, ...]
    """All the caller's roles allow."""
    language: str
    csrf: str


class Retried(msgspec.Struct, frozen=True):
    """How much work is tried again."""

    jobs: int


class SetAsideSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why work is given up."""

    reason: SetAsideReason


class GivenUp(msgspec.Struct, frozen=True):
    """How much work is given up."""

    jobs: int


class ApiRoot(Controller):
    """Entry to the API."""

    path = "/"
    tags = ("api",)

    @get("/", action=PUBLIC, module=None, sync_to_thread=False, operation_id="root")
    def describe(self, request: WebRequest) -> ApiDescription:
        """Tell whose API this is, and where it is described."""
        document = Visit.of(request).tenant.document
        return ApiDescription(
            municipality=document.name,
            version=__version__,
            languages=document.languages,
            modules=tuple(module for module in Module if document.has(module, Space.PARENTS)),
            openapi="/api/schema",
        )


class OwnCaller(Controller):
    """The parent who calls."""

    path = "/me"
    tags = ("parents",)

    @get("/", action=Action.OWN_CHILDREN_READ, operation_id="me")
    async def show(self, request: WebRequest, work: Given[Work]) -> Caller:
        """Tell who calls and what they may do."""
        del work
        return _caller(request)


class StaffCaller(Controller):
    """The member of staff who calls."""

    path = "/me"
    tags = ("staff",)

    @get("/", action=Action.FACILITY_READ, operation_id="staff_me")
    async def show(self, request: WebRequest, work: Given[Work]) -> Caller:
        """Tell who calls and what they may do."""
        del work
        return _caller(request)


class StaffProblems(Controller):
    """Work that has stopped until somebody looks."""

    path = "/problems"
    tags = ("staff",)

    @get("/", action=Action.PROBLEM_READ, operation_id="problems")
    async def list_groups(
        self, work: Given[Work], failure: Annotated[str, QueryParameter(max_length=40)] = ""
    ) -> list[ProblemGroup]:
        """Return what has stopped, by cause, the largest first."""
        return await Problems(work).groups(failure=failure)

    @post(
        "/{job_id:uuid}/retry",
        action=Action.PROBLEM_RETRY,
        status_code=HTTP_200_OK,
        operation_id="retry_problem",
    )
    async def retry(self, work: Given[Work], job_id: FromPath[UUID]) -> Retried:
        """Have everything that stopped for the same reason tried again."""
        return Retried(await retry_all(work, job_id))

    @post(
        "/{job_id:uuid}/set-aside",
        action=Action.PROBLEM_SET_ASIDE,
        status_code=HTTP_200_OK,
        operation_id="set_problem_aside",
    )
    async def set_aside(
        self, work: Given[Work], job_id: FromPath[UUID], data: JSONBody[SetAsideSent]
    ) -> GivenUp:
        """Give up everything that stopped for the same reason."""
        return GivenUp(await set_aside(work, job_id, data.reason))


def require_json(
    connection: ASGIConnection[object, object, object, State], _handler: BaseRouteHandler
) -> None:
    """Raise UnsupportedMedia for a body of another kind: no other site's form can bring along JSON."""
    headers = connection.headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if sent and kind != "application/json":
        raise UnsupportedMedia


def query_names(handler: BaseRouteHandler) -> frozenset[str]:
    """Return the names that an operation takes in the query of its address."""
    fields = handler.parsed_fn_signature.parameters.items()
    kinds = {name: field.kwarg_definition for name, field in fields}
    return frozenset(kind.name or name for name, kind in kinds.items() if isinstance(kind, QueryParameter))


def require_known_query(
    connection: ASGIConnection[object, object, object, State], handler: BaseRouteHandler
) -> None:
    """Raise TypesRefused for a name nobody reads: a misspelt filter would find everything."""
    unknown = connection.query_params.keys() - query_names(handler) - {LANGUAGE_COOKIE}
    if unknown:
        raise TypesRefused(dict.fromkeys(sorted(unknown), "error.field_type"))


def _caller(request: WebRequest) -> Caller:
    visit = Visit.of(request)
    if visit.login is None:
        raise LoginRequired
    subject = visit.subject
    return Caller(
        id=subject.id,
        name=subject.name,
        roles=tuple(sorted(subject.roles)),
        actions=tuple(action for action in Action if allowed(subject, action)),
        language=visit.language,
        csrf=visit.login.csrf,
    )
