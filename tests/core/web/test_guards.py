"""No handler can be reached by mistake, and a page costs few queries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from litestar import Controller, Litestar, get, post
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.core.web.browser import Browser

from opptak.authz.actions import Action
from opptak.authz.check import PUBLIC
from opptak.kit.db import Role
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.web import HandlerUnguarded, create_app, handlers
from opptak.webkit import KnownPerson, Site


class _Nameless(Controller):
    @get("/nameless")
    async def show(self) -> None:
        """Name no action."""


class _Unchecked(Controller):
    @get("/unchecked", action=Action.OWN_CHILDREN_READ)
    async def show(self) -> None:
        """Take nothing that checks the action."""


class _Unprotected(Controller):
    @post("/unprotected", action=PUBLIC)
    async def save(self) -> None:
        """Take nothing that checks the form's token."""


@pytest.mark.parametrize("controller", [_Nameless, _Unchecked, _Unprotected])
def test_handler_anybody_could_reach_by_mistake_keeps_the_app_from_starting(
    web_runtime: Runtime, controller: type[Controller]
) -> None:
    site = Site(
        name="ui.gallery.site", space=Space.PARENTS, package="tests.core.web.pages", controllers=(controller,)
    )
    with pytest.raises(HandlerUnguarded, match=r"^/un|^/name"):
        create_app(web_runtime, (site,))


def test_public_handlers_are_these(app: Litestar) -> None:
    public = {path for path, handler in handlers(app) if handler.opt["action"] is PUBLIC}
    assert public == {
        "/",
        "/api/schema",
        "/api/schema/openapi.json",
        "/api/schema/{path:str}",
        "/api/v1",
        "/assets/{digest:str}/{name:path}",
        "/brand/{version:int}/{name:str}",
        "/health/live",
        "/health/ready",
        "/login",
        "/login/callback",
        "/login/start",
        "/logout",
        "/metrics",
        "/staff/login",
        "/staff/logout",
        "/theme/{name:str}",
    }


@contextmanager
def _statements(runtime: Runtime) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine: Engine = runtime.database.engine(Role.APP).sync_engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", lambda _: seen.append("begin"))
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_page_with_a_login_costs_three_statements_and_one_without_none(
    browser: Browser, parent: KnownPerson, web_runtime: Runtime
) -> None:
    await browser.get("/")
    with _statements(web_runtime) as seen:
        await browser.get("/")
    assert seen == []
    await browser.log_in()
    with _statements(web_runtime) as seen:
        assert (await browser.get("/form")).status_code == 200
    assert len(seen) == 3
    assert seen[0] == "begin"
    assert "set_config" in seen[1]
    assert "login_session" in seen[2]
