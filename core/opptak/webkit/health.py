"""What those who run the service ask, at any host: is it alive, may it get requests, how is it doing."""

import logging
from collections.abc import Callable
from hmac import compare_digest

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.exc import SQLAlchemyError

from opptak.authz.check import PUBLIC
from opptak.kit.db import Role
from opptak.kit.errors import NotFound
from opptak.migrations import up_to_date
from opptak.runtime import Runtime
from opptak.webkit.job_metrics import job_gauges
from opptak.webkit.metrics import Metrics
from opptak.webkit.visit import WebRequest

__all__ = ("Readiness", "health_handlers")

_THIS_MACHINE = frozenset({"127.0.0.1", "::1"})
_PASSED_ON = frozenset({"forwarded", "x-forwarded-for"})
"""What a proxy on this machine says of a request from elsewhere."""

_log = logging.getLogger(__name__)


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the database answers, and has the schema this program was written for; of a worker, whether its
    broker answers too.
    """

    database: bool
    schema: bool
    broker: bool | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return self.database and self.schema and self.broker is not False


def health_handlers(
    runtime: Runtime, metrics: Metrics, *, broker: Callable[[], bool] | None = None
) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes `/health/live`, `/health/ready` and `/metrics`; `broker` says whether it answers."""

    @get("/health/live", action=PUBLIC, include_in_schema=False, sync_to_thread=False)
    def live() -> dict[str, bool]:
        return {"alive": True}

    @get("/health/ready", action=PUBLIC, include_in_schema=False)
    async def ready() -> Response[Readiness]:
        found = await _readiness(runtime)
        if broker is not None:
            found = msgspec.structs.replace(found, broker=broker())
        return Response(found, status_code=200 if found.ready else 503)

    @get("/metrics", action=PUBLIC, include_in_schema=False)
    async def show(request: WebRequest) -> Response[str]:
        if not _may_measure(request, runtime.settings.metrics_token):
            raise NotFound
        gauges = {"opptak_tenants_closed": runtime.tenants.closed, **await job_gauges(runtime)}
        if broker is not None:
            gauges["opptak_broker_away"] = int(not broker())
        return Response(metrics.text(gauges), media_type="text/plain; version=0.0.4")

    return live, ready, show


def _may_measure(request: WebRequest, token: str) -> bool:
    """Return whether a request has the token, or, where there is none, comes from this machine itself."""
    if token:
        given = request.headers.get("Authorization", "").encode()
        return compare_digest(given, f"Bearer {token}".encode())
    passed_on = _PASSED_ON & {name.lower() for name in request.headers}
    return not passed_on and request.client is not None and request.client.host in _THIS_MACHINE


async def _readiness(runtime: Runtime) -> Readiness:
    try:
        async with runtime.database.unscoped(Role.APP) as session:
            return Readiness(database=True, schema=await up_to_date(session))
    except (SQLAlchemyError, OSError):
        _log.warning("the database does not answer")
        return Readiness(database=False, schema=False)
