"""The root of the JSON API; what it offers is described at `/api/schema`."""

import msgspec
from litestar import Controller, get

from opptak import __version__
from opptak.authz.check import PUBLIC
from opptak.webkit.visit import Visit, WebRequest

__all__ = ("ApiRoot",)


class ApiDescription(msgspec.Struct, frozen=True):
    """What answers here."""

    municipality: str
    version: str
    languages: tuple[str, ...]
    openapi: str


class ApiRoot(Controller):
    """Entry to the API."""

    path = "/api/v1"
    tags = ("api",)

    @get("/", action=PUBLIC, sync_to_thread=False)
    def describe(self, request: WebRequest) -> ApiDescription:
        """Tell whose API this is, and where it is described."""
        document = Visit.of(request).tenant.document
        return ApiDescription(
            municipality=document.name,
            version=__version__,
            languages=document.languages,
            openapi="/api/schema",
        )
