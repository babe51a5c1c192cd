"""What a tenant has not switched on is not there: neither page nor API, whoever asks."""

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler

from opptak.kit.errors import NotFound
from opptak.tenancy.config import Module
from opptak.webkit.visit import Visit

__all__ = ("require_module",)


def require_module(
    connection: ASGIConnection[object, object, object, State], handler: BaseRouteHandler
) -> None:
    """Raise NotFound for a handler whose `module` is off on the side of those who use its site."""
    module: Module | None = handler.opt.get("module")
    if module is None:
        return
    visit: Visit = connection.scope["state"]["visit"]
    if not visit.tenant.document.has(module, visit.site.space):
        raise NotFound
