"""The web process: the sites that are installed, the API and the health checks, in one application."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from opptak.api import api_router, described, name_problems
from opptak.kit.clock import Clock
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.ui.assets import Assets, assets
from opptak.ui.engine import Templates
from opptak.webkit.edge import Edge, provide_screen
from opptak.webkit.errors import EXCEPTION_HANDLERS
from opptak.webkit.health import health_handlers
from opptak.webkit.metrics import Metrics
from opptak.webkit.modules import require_module
from opptak.webkit.parents_login import ParentsLogin
from opptak.webkit.providers import LoginProviders
from opptak.webkit.serving import serving_handlers
from opptak.webkit.shell import Shell
from opptak.webkit.site import Site
from opptak.webkit.staff_login import StaffLogin

__all__ = ("HandlerUnguarded", "create_app", "installed_sites", "serve_app")

SITES = "opptak.sites"
"""Entry-point group of sites."""

LARGEST_BODY = 1_000_000
"""Bytes of a request."""

_LITESTARS = {"OPTIONS"}
"""Litestar itself answers these."""

_LOGINS = {Space.PARENTS: ParentsLogin, Space.STAFF: StaffLogin}


class HandlerUnguarded(Exception):
    """A handler names no action, or does not take the work that checks it."""


def installed_sites() -> list[Site]:
    """Return the sites of all installed distributions."""
    sites: list[Site] = [
        entry.load() for entry in sorted(entry_points(group=SITES), key=lambda each: each.name)
    ]
    return sites


def create_app(runtime: Runtime, sites: Sequence[Site]) -> Litestar:
    """Return the application; raises HandlerUnguarded for a page that anybody could reach by mistake."""
    packages = ("opptak.webkit", *(site.package for site in sites))
    static = assets(*packages)
    metrics = Metrics()
    app = Litestar(
        route_handlers=[
            *health_handlers(runtime, metrics),
            *serving_handlers(static),
            *map(_router, sites),
        ],
        dependencies=_dependencies(runtime),
        guards=[require_module],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=described(),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
    )
    require_actions(app)
    name_problems(handler for _, handler in handlers(app))
    watching: list[asyncio.Task[None]] = []
    app.on_startup.append(lambda: watching.append(asyncio.create_task(runtime.watch())))
    app.on_shutdown.append(lambda: [task.cancel() for task in watching])
    app.asgi_handler = Shell(app.asgi_handler, runtime, sites=_templates(sites, static), metrics=metrics)
    return app


def serve_app(settings: Settings, *, clock: Clock | None = None) -> Litestar:
    """Return the application with a runtime of its own, which ends with it."""
    runtime = Runtime(settings, clock=clock)
    app = create_app(runtime, installed_sites())
    app.on_shutdown.append(runtime.close)
    return app


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Return every handler of ours with its path."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and not handler.http_methods & _LITESTARS:
                yield route.path, handler


def require_actions(app: Litestar) -> None:
    """Check that every handler names its action, and takes the work that checks it."""
    for path, handler in handlers(app):
        if "action" not in handler.opt:
            raise HandlerUnguarded(f"{path}: name the action, or PUBLIC")
        guarded = {"work", "screen"} & set(handler.parsed_fn_signature.parameters)
        unsafe = handler.http_methods & {"POST", "PUT", "PATCH", "DELETE"}
        if (handler.opt["action"] is not None or unsafe) and not guarded:
            raise HandlerUnguarded(f"{path}: take the dependency `work`, which checks who it is")


def _dependencies(runtime: Runtime) -> dict[str, Provide]:
    login_providers = LoginProviders(runtime.http, runtime.clock)
    return {
        "runtime": Provide(lambda: runtime, sync_to_thread=False),
        "login_providers": Provide(lambda: login_providers, sync_to_thread=False),
        "work": Provide(Edge(runtime).work),
        "screen": Provide(provide_screen, sync_to_thread=False),
    }


def _router(site: Site) -> Router:
    return Router(
        path=site.prefix or "/",
        route_handlers=[_LOGINS[site.space], api_router(site), *site.controllers],
        include_in_schema=False,
        opt={"module": site.module},
    )


def _templates(sites: Iterable[Site], static: Assets) -> dict[Site, Templates]:
    return {site: Templates("opptak.webkit", site.package, asset_url=static.url) for site in sites}
