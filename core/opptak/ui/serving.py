"""The two addresses every page asks for: `/assets/<digest>/<name>` and `/theme/<digest>.css`.

Both carry a digest of their content, so a browser may keep them for good. Another release's digest
is answered with today's content, to be asked for again: pages of both are out there during a
rolling update.
"""

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from opptak.kit.errors import NotFound
from opptak.ui.assets import Assets
from opptak.ui.theme import Brand, theme_css, theme_url

__all__ = ("assets_handler", "theme_response")

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def assets_handler(served: Assets) -> HTTPRouteHandler:
    """Return the route that serves the static files."""

    @get("/assets/{digest:str}/{name:path}", opt={"action": None}, include_in_schema=False)
    async def asset(
        request: Request[object, object, State], digest: FromPath[str], name: FromPath[str]
    ) -> Response[bytes]:
        found = served.find(name.lstrip("/"))
        if found is None:
            raise NotFound
        headers = {"Cache-Control": FOR_GOOD if digest == served.digest else ASK_AGAIN}
        body = found.body
        if found.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                body, headers["Content-Encoding"] = found.compressed, "gzip"
        return Response(body, media_type=found.media_type, headers=headers)

    return asset


def theme_response(brand: Brand, path: str) -> Response[str]:
    """Return the brand's style sheet for the path that was asked for."""
    headers = {"Cache-Control": FOR_GOOD if path == theme_url(brand) else ASK_AGAIN}
    return Response(theme_css(brand), media_type="text/css", headers=headers)
