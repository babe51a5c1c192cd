"""The frame every authority's application is put into."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler, Guard

from opptak_simulators.no.refusals import Shape, handlers

LARGEST_BODY = 350 * 1024 * 1024
"""What SvarUt takes for one shipment, in bytes; nobody takes more."""


def application(
    routes: Sequence[ControllerRouterHandler],
    *,
    shape: Shape,
    dependencies: Mapping[str, object],
    readers: Mapping[str, Callable[..., Any]] | None = None,
    guards: Sequence[Guard] = (),
    path: str = "/",
) -> Litestar:
    """An application without documentation pages that answers errors in the authority's shape.

    `dependencies` are ready-made objects handed to handlers by name, `readers` are functions that
    make such an object from each request.
    """
    given = {name: _given(value) for name, value in dependencies.items()}
    read = {name: Provide(reader, sync_to_thread=False) for name, reader in (readers or {}).items()}
    return Litestar(
        path=path,
        route_handlers=routes,
        dependencies=given | read,
        exception_handlers=handlers(shape),
        guards=list(guards),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=LARGEST_BODY,
    )


def _given(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
