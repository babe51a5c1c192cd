"""The page at a host where no municipality answers (or none can be looked up): no menu, no login."""

from litestar import Response
from litestar.enums import MediaType

from opptak.kit.errors import OpptakError
from opptak.kit.i18n import Catalogues
from opptak.ui.engine import PageFrame, Templates
from opptak.ui.theme import Brand
from opptak.webkit.errors import problem_title
from opptak.webkit.languages import preferred
from opptak.webkit.visit import WebRequest

__all__ = ("PLATFORM", "UnknownHost", "stranger_page")

PLATFORM = Brand(name="Opptak", accent="#1a5c4b")
"""How the platform looks where it speaks for itself."""


class UnknownHost(OpptakError):
    """No municipality answers at the host."""

    status = 404
    code = "unknown_host"


def stranger_page(
    catalogues: Catalogues, templates: Templates, request: WebRequest, error: OpptakError
) -> Response[str]:
    """Return the page, in the first language that the browser asks for and we have."""
    wanted = preferred(request.headers.get("accept-language", ""))
    language = next((code for code in wanted if code in catalogues.languages), "nb")
    text = catalogues.translator(language)
    frame = PageFrame(title=problem_title(text, error), site="web.platform", brand=PLATFORM)
    content = templates.render(
        "web/stranger.html", {"message": text(f"error.{error.code}")}, translator=text, page=frame
    )
    return Response(content, status_code=error.status, media_type=MediaType.HTML)
