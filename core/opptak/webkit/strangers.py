"""What is answered where no municipality does: none at this host, or one that can't be opened now.

The page has no menu and no login, and names nobody.
"""

import msgspec
from litestar import Response
from litestar.enums import MediaType

from opptak.kit.errors import OpptakError
from opptak.kit.i18n import Catalogues, Translator
from opptak.tenancy.opening import TenantClosed
from opptak.ui.engine import PageFrame, Templates
from opptak.ui.theme import Brand
from opptak.webkit.errors import PROBLEM, Problem, problem_title, to_come_back
from opptak.webkit.languages import preferred
from opptak.webkit.visit import WebRequest

__all__ = ("PLATFORM", "PlatformHost", "UnknownHost", "stranger_page")

PLATFORM = Brand(name="Opptak", accent="#1a5c4b")
"""How the platform looks where it speaks for itself."""


class UnknownHost(OpptakError):
    """No municipality answers at the host."""

    status = 404
    code = "unknown_host"


class PlatformHost(OpptakError):
    """The host is the platform's own: nothing is wrong, but one applies at one's municipality."""

    status = 200
    code = "platform_host"


def stranger_page(
    catalogues: Catalogues, templates: Templates, request: WebRequest, error: OpptakError
) -> Response[str]:
    """Return the page, in the first language that the browser asks for and we have."""
    wanted = preferred(request.headers.get("accept-language", ""))
    language = next((code for code in wanted if code in catalogues.languages), "nb")
    text = catalogues.translator(language)
    if "/api/" in request.scope["path"]:
        return _problem(request, text, error)
    frame = PageFrame(title=problem_title(text, error), site="web.platform", brand=PLATFORM)
    told = {
        "message": text(f"error.{error.code}"),
        "for_staff": text("web.closed.staff") if isinstance(error, TenantClosed) else "",
        "trace": request.scope["state"]["trace"] if error.status >= 500 else "",
    }
    content = templates.render("web/stranger.html", told, translator=text, page=frame)
    return Response(content, status_code=error.status, media_type=MediaType.HTML, headers=to_come_back(error))


def _problem(request: WebRequest, text: Translator, error: OpptakError) -> Response[str]:
    title, trace = text(f"error.{error.code}"), request.scope["state"]["trace"]
    problem = msgspec.json.encode(Problem(f"{PROBLEM}{error.code}", error.code, error.status, title, trace))
    return Response(
        problem.decode(),
        status_code=error.status,
        media_type="application/problem+json",
        headers=to_come_back(error),
    )
