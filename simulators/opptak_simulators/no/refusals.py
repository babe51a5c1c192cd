"""How an authority says no: one exception, rendered in each authority's own error shape."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

AnyRequest = Request[Any, Any, Any]


class Refusal(Exception):
    """`code` is the authority's own error code, where it has one."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


Shape = Callable[[AnyRequest, Refusal], object]
"""Makes the body of a refusal."""


def handlers(shape: Shape) -> ExceptionHandlersMap:
    """Exception handlers that put refusals, and the framework's own errors, into a shape."""

    def refuse(request: AnyRequest, refusal: Refusal) -> Response[object]:
        body = shape(request, refusal)
        return Response(body, status_code=refusal.status, headers=refusal.headers)

    def translate(request: AnyRequest, error: HTTPException) -> Response[object]:
        return refuse(request, Refusal(error.status_code, error.detail))

    return {Refusal: refuse, HTTPException: translate}
