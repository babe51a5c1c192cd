"""The JSON API, put together from the domains: which controllers answer to which site's logins."""

from collections.abc import Iterable, Mapping, Sequence

from litestar import Controller, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme

from opptak import __version__
from opptak.admission.controllers import OwnApplications, StaffApplications, StaffRounds
from opptak.allocation.controllers import OwnLines, OwnReasons, StaffRulings, StaffRuns
from opptak.audit.controllers import StaffAudit
from opptak.authz.check import PUBLIC
from opptak.documents.controllers import OwnLetters, StaffLetters
from opptak.errands.controllers import StaffErrands
from opptak.facilities.controllers import OwnFacilities, StaffFacilities
from opptak.kit.subject import Space
from opptak.offers.controllers import OwnOffers, StaffOffers
from opptak.outreach.controllers import StaffOutreach
from opptak.placements.controllers import StaffPlacements
from opptak.webkit.api import (
    API,
    ApiRoot,
    OwnCaller,
    StaffCaller,
    StaffProblems,
    require_json,
    require_known_query,
)
from opptak.webkit.errors import Problem
from opptak.webkit.site import Site

__all__ = ("api_router", "described", "name_problems")

CONTROLLERS: Mapping[Space, Sequence[type[Controller]]] = {
    Space.PARENTS: (
        ApiRoot,
        OwnCaller,
        OwnApplications,
        OwnFacilities,
        OwnLetters,
        OwnOffers,
        OwnReasons,
        OwnLines,
    ),
    Space.STAFF: (
        StaffApplications,
        StaffAudit,
        StaffCaller,
        StaffErrands,
        StaffFacilities,
        StaffLetters,
        StaffOffers,
        StaffOutreach,
        StaffPlacements,
        StaffProblems,
        StaffRounds,
        StaffRulings,
        StaffRuns,
    ),
}


def api_router(site: Site) -> Router:
    """Return the part of the API that takes a site's logins."""
    return Router(
        path=API,
        route_handlers=CONTROLLERS[site.space],
        include_in_schema=True,
        guards=[require_json, require_known_query],
        security=[{site.space: [], "csrf": []}],
    )


def name_problems(handlers: Iterable[HTTPRouteHandler]) -> None:
    """Have the description say of each operation how it can fail; a router can't say it for all."""
    for handler in handlers:
        if handler.resolve_include_in_schema():
            handler.responses = {**_PROBLEMS, **(handler.responses or {})}


def described() -> OpenAPIConfig:
    """Return how the API describes itself."""
    return OpenAPIConfig(
        title="Opptak",
        version=__version__,
        description=(
            "Parents' part below `/api/v1`, the staff's below `/staff/api/v1`; each takes the login of its "
            "own site. Errors are problem details (RFC 9457) whose `code` is stable."
        ),
        use_handler_docstrings=True,
        components=Components(security_schemes=_SCHEMES),
        openapi_router=Router(
            "/api/schema", route_handlers=[], opt={"action": PUBLIC, "module": None}, include_in_schema=False
        ),
        render_plugins=[JsonRenderPlugin(path="/")],
    )


_PROBLEMS = {
    status: ResponseSpec(
        data_container=Problem,
        description=description,
        media_type="application/problem+json",
        generate_examples=False,
    )
    for status, description in (
        (400, "What was sent can't be read: `bad_request`."),
        (401, "Nobody is logged in: `login_required`."),
        (
            403,
            "The role or relation does not allow it: `not_allowed`. Without the token: `form_expired`.",
        ),
        (404, "There is no such thing, or it is none of the caller's business: `not_found`."),
        (409, "The state has moved on, or the step comes too late; the `code` says which."),
        (413, "What was sent is longer than a million bytes: `too_large`."),
        (415, "What was sent is no JSON: `unsupported_media`."),
        (422, "What was sent can't be accepted; `fields` says why, `types_refused` that a type is wrong."),
        (503, "Something is away for a while; `Retry-After` says in how many seconds to try again."),
    )
}

_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "parents": SecurityScheme(
        type="apiKey", security_scheme_in="cookie", name="session", description="The login of the portal."
    ),
    "staff": SecurityScheme(
        type="apiKey", security_scheme_in="cookie", name="staff", description="The login of the staff site."
    ),
    "csrf": SecurityScheme(
        type="apiKey",
        security_scheme_in="header",
        name="X-CSRFToken",
        description="`csrf` of `me`, with whatever changes something.",
    ),
}
