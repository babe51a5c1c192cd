"""Workers and schedulers asked how they do: a server of their own, in the event loop they work in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from opptak.runtime import Runtime
from opptak.webkit.errors import EXCEPTION_HANDLERS
from opptak.webkit.health import health_handlers
from opptak.webkit.metrics import Metrics

__all__ = ("health_app", "serve_health")


class _Server(uvicorn.Server):
    """Leaves signals to the process it is a small part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def health_app(runtime: Runtime, *, broker: Callable[[], bool] | None = None) -> Litestar:
    """Return an application that answers health checks alone; `broker` says whether the broker answers."""
    return Litestar(
        route_handlers=health_handlers(runtime, Metrics(), broker=broker),
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


async def serve_health(runtime: Runtime, port: int, *, broker: Callable[[], bool] | None = None) -> None:
    """Answer health checks until cancelled. A loop that hangs answers nothing, so that it is noticed."""
    app = health_app(runtime, broker=broker)
    config = uvicorn.Config(
        app, host=runtime.settings.host, port=port, lifespan="off", log_config=None, access_log=False
    )
    await _Server(config).serve()
