"""The edge of every request: one transaction for whoever is logged in, committed before the answer leaves."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from opptak.audit.schemas import Outcome
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.authz.check import require
from opptak.identity.errors import LoginRefused
from opptak.identity.logins import Logins
from opptak.identity.schemas import Login
from opptak.kit.errors import LoginRequired, NotAllowed, NotFound
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.webkit.csrf import require_token
from opptak.webkit.forms import BadRequest, FormRefused, read_form
from opptak.webkit.injection import Given
from opptak.webkit.screen import Screen
from opptak.webkit.stash import keep_form
from opptak.webkit.visit import UNSAFE, Visit, WebRequest

__all__ = ("LOGIN", "Edge", "provide_screen")

LOGIN = "login.begin"
"""What is noted of a login, whether it comes about or not."""

_FORM = "application/x-www-form-urlencoded"


class Edge:
    """Lets requests in. Whoever may not do the handler's action never gets to the handler."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def work(self, request: WebRequest) -> AsyncIterator[Work]:
        """Yield the unit of work of a request; raises LoginRequired, NotAllowed, FormExpired, BadRequest.

        A page of an anonymous visitor costs no query; a login costs the begin, the tenant and the session.
        """
        visit = Visit.of(request)
        if request.method in UNSAFE:
            await _receive(visit, request)
        try:
            async with self._runtime.work(visit.tenant, visit.subject, trace=visit.trace) as anonymous:
                visit.enter(await self._login(anonymous, visit))
                await self._admit(anonymous, visit, request)
                yield msgspec.structs.replace(anonymous, subject=visit.subject)
        except (NotAllowed, NotFound, FormRefused) as refused:
            await self._note_refusal(visit, request, refused)
            raise

    async def _note_refusal(self, visit: Visit, request: WebRequest, refused: Exception) -> None:
        """Note who tried what in vain, in a transaction of its own: that of the request is undone."""
        action: str | None = request.route_handler.opt["action"]
        if isinstance(refused, FormRefused):
            action = LOGIN if isinstance(refused.__cause__, LoginRefused) else None
        elif visit.login is None:
            action = None
        if action is None:
            return
        outcome = Outcome.MISSING if isinstance(refused, NotFound) else Outcome.REFUSED
        kind, target, others = _named(request)
        async with self._runtime.work(visit.tenant, visit.subject, trace=visit.trace) as work:
            record(work, action, kind, target, shown=others, outcome=outcome)

    async def _login(self, work: Work, visit: Visit) -> Login | None:
        token = visit.session_token
        if not token:
            return None
        login = await Logins(work).find(token, visit.site.space)
        if login is not None and login.subject.id is None and visit.site.people is not None:
            return await self._find_person(work, visit, login)
        return login

    async def _find_person(self, work: Work, visit: Visit, login: Login) -> Login:
        """Ask again who a parent is whom the register had not told us of at the login."""
        logins, people = Logins(work), visit.site.people
        identity = await logins.identity(login.id)
        person = await people.find(work, identity) if people and identity else None
        if person is None:
            return login
        await logins.settle(login.id, subject_id=person.id, name=person.name)
        subject = msgspec.structs.replace(login.subject, id=person.id, name=person.name)
        return msgspec.structs.replace(login, subject=subject)

    async def _admit(self, work: Work, visit: Visit, request: WebRequest) -> None:
        action: Action | None = request.route_handler.opt["action"]
        unsafe = request.method in UNSAFE
        if action is not None and visit.login is None:
            if unsafe:
                await self._keep_form(work, visit)
            raise LoginRequired
        if unsafe:
            require_token(visit)
        if action is not None:
            require(visit.subject, action)

    async def _keep_form(self, work: Work, visit: Visit) -> None:
        writer = await Logins(work).whose(visit.session_token) if visit.session_token else None
        if writer is not None:
            keep_form(visit, writer)


def provide_screen(request: WebRequest, work: Given[Work]) -> Screen:
    """Return what the handler draws on; it comes after the work, which finds out who is logged in."""
    del work
    return Screen(Visit.of(request))


def _named(request: WebRequest) -> tuple[str, UUID | None, list[UUID]]:
    """Return what the address names: the innermost thing and its kind, and what it is in."""
    ids = {name: value for name, value in request.path_params.items() if isinstance(value, UUID)}
    if not ids:
        return "page", None, []
    *others, innermost = ids
    return innermost.removesuffix("_id"), ids[innermost], [ids[name] for name in others]


async def _receive(visit: Visit, request: WebRequest) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == _FORM:
        visit.form = read_form(body)
    elif b"\\u0000" in body:
        # JSON's way to write the character that PostgreSQL can't store.
        raise BadRequest
