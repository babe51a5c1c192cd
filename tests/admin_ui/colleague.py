"""A member of staff with a browser."""

from uuid import UUID

from litestar import Litestar

from tests.portal.visitor import Visitor

__all__ = ("Colleague",)


class Colleague(Visitor):
    """Somebody at the staff site of one host, with or without a login."""

    def __init__(self, app: Litestar, *, host: str, session: str = "", account: UUID | None = None) -> None:
        super().__init__(app, host=host, person=account)
        if session:
            self.client.cookies.set("staff", session, path="/staff")
        self.session = session
