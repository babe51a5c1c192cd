"""What pages refer to: static files, the tenant's theme, its logo."""

import base64
from pathlib import PurePath

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from opptak.authz.check import PUBLIC
from opptak.kit.errors import NotFound
from opptak.tenancy.context import TenantContext
from opptak.ui.assets import MEDIA_TYPES, Assets
from opptak.ui.serving import ASK_AGAIN, FOR_GOOD, assets_handler, theme_response
from opptak.webkit.screen import brand_of
from opptak.webkit.strangers import PLATFORM
from opptak.webkit.visit import Visit, WebRequest

__all__ = ("serving_handlers",)


def serving_handlers(assets: Assets) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes `/assets/…`, `/theme/…` and `/brand/…`."""

    @get("/theme/{name:str}", action=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def theme(request: WebRequest) -> Response[str]:
        visit: Visit | None = request.scope["state"].get("visit")
        brand = brand_of(visit.tenant, visit.language) if visit else PLATFORM
        return theme_response(brand, request.scope["path"])

    @get("/brand/{version:int}/{name:str}", action=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def logo(request: WebRequest, version: FromPath[int], name: FromPath[str]) -> Response[bytes]:
        return _logo(Visit.of(request).tenant, version, name)

    return assets_handler(assets), theme, logo


def _logo(tenant: TenantContext, version: int, name: str) -> Response[bytes]:
    encoded, media_type = tenant.document.assets.get(name), MEDIA_TYPES.get(PurePath(name).suffix)
    if encoded is None or media_type is None:
        raise NotFound
    headers = {"Cache-Control": FOR_GOOD if version == tenant.version else ASK_AGAIN}
    return Response(base64.b64decode(encoded), media_type=media_type, headers=headers)
