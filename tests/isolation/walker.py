"""Every route of the application, asked for by people who have no business there."""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from tests.asgi import within
from tests.isolation.estate import Login

from opptak.authz.check import PUBLIC, allowed
from opptak.kit.subject import Space
from opptak.tenancy.context import TenantContext
from opptak.web import handlers

__all__ = ("CHANGES", "Leak", "ParameterUnknown", "Reach", "Step", "Values", "Visitor", "Walk", "routes")

_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods that change something."""

_API = "/api/"

_PAGES_ASK = {
    "/staff/applications": ("round", "facility", "after", "before"),
    "/staff/applications/list.csv": ("round", "facility"),
    "/staff/audit": ("target", "account", "after"),
}
"""Ids that pages take in a query; what operations of the API take, their signatures say."""

_OF = {"round": "round_id", "facility": "facility_id"}
"""Whose id a parameter of a query is, where its name does not say so: else any will do."""

_ECHOES = frozenset({"/staff/audit", "/staff/api/v1/audit"})
"""Routes that tell which ids somebody has asked for in vain, whosever they are. They tell of no address that
shows an id, so that a row of another's would give itself away by who asked, which is a secret as well.
"""
_STAFF = "/staff"


class ParameterUnknown(Exception):
    """A route has a parameter nobody has said a value of."""


class Reach(StrEnum):
    """How far a visitor must get."""

    STOPPED = "stopped"
    """Sent to log in."""
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    """As if there were no such thing."""
    OPEN = "open"
    """A page of the visitor's own, which tells nothing of others."""


_STATUSES = {
    Reach.STOPPED: frozenset({303}),
    Reach.FORBIDDEN: frozenset({403}),
    Reach.MISSING: frozenset({404}),
}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a municipality's address; `login` may have been made at another's."""

    name: str
    tenant: TenantContext
    login: Login | None = None
    valid: bool = True
    """Whether the login holds at this address."""

    def cookies(self) -> dict[str, str]:
        """Return what their browser sends: the token under either site's name."""
        return {} if self.login is None else dict.fromkeys(("session", "staff"), self.login.token)

    def acts_at(self, path: str) -> bool:
        """Return whether the login counts at a path."""
        space = Space.STAFF if path.startswith(_STAFF) else Space.PARENTS
        return self.login is not None and self.valid and self.login.subject.space is space


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request: a route with its parameters filled in."""

    route: str
    path: str
    method: str
    handler: HTTPRouteHandler
    body: Mapping[str, object]
    filled: frozenset[str]
    """The ids in the path that belong to somebody."""


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was answered otherwise than it must be."""

    visitor: str
    step: Step
    status: int
    expected: Reach
    told: tuple[str, ...] = ()
    """What the answer gave away."""

    def __str__(self) -> str:
        told = f", which tells {', '.join(self.told)}" if self.told else ""
        asked = f"{self.visitor}: {self.step.method} {self.step.route}"
        return f"{asked} is answered {self.status}, not {self.expected}{told}"


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What is put into addresses, by the name of the parameter, and into bodies."""

    ids: Mapping[str, Sequence[str]]
    """Of things that belong to somebody."""
    plain: Mapping[str, Sequence[str]]
    """Of what belongs to nobody, or to everybody."""
    bodies: Mapping[str, Mapping[str, object]]
    """JSON that a route of the API can read."""

    def of(self, route: str, name: str) -> Sequence[str]:
        """Return what a parameter can be; raises ParameterUnknown."""
        found = self.ids.get(name) or self.plain.get(name)
        if not found:
            raise ParameterUnknown(f"{route}: say in tests/isolation what {name} can be")
        return found


def routes(app: Litestar, values: Values) -> list[Step]:
    """Return every request that can be made; raises ParameterUnknown."""
    return [
        step
        for route, handler in handlers(app)
        for method in sorted(handler.http_methods & {"GET", *CHANGES})
        for step in _steps(route, method, handler, values)
    ]


def _steps(route: str, method: str, handler: HTTPRouteHandler, values: Values) -> Iterator[Step]:
    found = {name: values.of(route, name) for name, _ in _PARAMETER.findall(route)}
    for turn in range(max((len(some) for some in found.values()), default=1)):
        chosen = {name: some[turn % len(some)] for name, some in found.items()}
        yield Step(
            route=route,
            path=_filled(route, chosen),
            method=method,
            handler=handler,
            body=values.bodies.get(route, {}),
            filled=frozenset(value for name, value in chosen.items() if name in values.ids),
        )
    if not found:
        for name in (*_PAGES_ASK.get(route, ()), *_asked_for(handler)):
            asked = values.ids.get(_OF.get(name, name)) or values.ids["application_id"]
            yield Step(
                route=route,
                path=f"{route}?{name}={asked[0]}",
                method=method,
                handler=handler,
                body={},
                filled=frozenset(),
            )


def _asked_for(handler: HTTPRouteHandler) -> Iterator[str]:
    """Yield the parameters of an operation's query that are ids."""
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if any(inner.annotation is UUID for inner in parameter.inner_types):
            yield name


def _filled(route: str, chosen: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda found: chosen[found[1]], route)


class Walk:
    """Goes through the routes as one visitor after the other and notes what should not have happened."""

    def __init__(self, app: Litestar, steps: Iterable[Step]) -> None:
        self._transport = within(app, raising=False)
        self._steps = list(steps)
        self._asked = frozenset(one for step in self._steps for one in step.filled)
        self._visitors: list[str] = []
        self._requests = 0
        self._leaks: list[Leak] = []

    async def visit(
        self, visitor: Visitor, *, secrets: frozenset[str], only: Collection[Reach] = frozenset(Reach)
    ) -> None:
        """Make every request as a visitor who owns nothing of what the paths name.

        A visitor's own forms are not sent: what they change is theirs.
        """
        self._visitors.append(visitor.name)
        async with self._client(visitor) as client:
            for step in self._steps:
                reach = expected(visitor, step)
                if reach in only and not (reach is Reach.OPEN and step.method in CHANGES):
                    response = await _send(client, visitor, step)
                    self._judge(visitor, step, reach, response, secrets)

    async def each(self, visitor: Visitor) -> AsyncIterator[tuple[Step, httpx.Response]]:
        """Make every request as a visitor; yield each with what is answered."""
        async with self._client(visitor) as client:
            for step in self._steps:
                yield step, await _send(client, visitor, step)

    def leaks(self) -> list[str]:
        """Return what was answered otherwise than it must be, one line each."""
        return sorted({str(leak) for leak in self._leaks})

    def summary(self) -> str:
        """Say in a line how far the walk went."""
        paths = {step.route for step in self._steps}
        ids = {one for step in self._steps for one in step.filled}
        return (
            f"isolation: {len(paths)} routes x {len(self._visitors)} visitors x {len(ids)} ids,"
            f" {self._requests} requests, {len(self._leaks)} leaks"
        )

    def _client(self, visitor: Visitor) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self._transport,
            base_url=f"http://{visitor.tenant.slug}.localhost",
            cookies=visitor.cookies(),
        )

    def _judge(
        self, visitor: Visitor, step: Step, reach: Reach, response: httpx.Response, secrets: frozenset[str]
    ) -> None:
        self._requests += 1
        answer = response.text + str(response.headers.get("location", ""))
        known = self._asked if step.route in _ECHOES else frozenset()
        told = tuple(sorted(one for one in secrets - known if one in answer and one not in step.path))
        wanted = _STATUSES.get(reach)
        if _API in step.path and reach is Reach.STOPPED:
            wanted = frozenset({401})
        status = response.status_code
        wrong = status not in wanted if wanted else status == 500
        if told or wrong:
            self._leaks.append(
                Leak(visitor=visitor.name, step=step, status=status, expected=reach, told=told)
            )


def expected(visitor: Visitor, step: Step) -> Reach:
    """Return how far a visitor may get who owns nothing of what the path names."""
    action = step.handler.opt["action"]
    if action is not PUBLIC:
        if not visitor.acts_at(step.path) or visitor.login is None:
            return Reach.STOPPED
        if not allowed(visitor.login.subject, action):
            return Reach.FORBIDDEN
    return Reach.MISSING if step.filled else Reach.OPEN


async def _send(client: httpx.AsyncClient, visitor: Visitor, step: Step) -> httpx.Response:
    """Make a request as a browser would, with the token of the visitor's forms."""
    if step.method not in CHANGES:
        return await client.get(step.path)
    headers = {"Sec-Fetch-Site": "same-origin", "X-CSRFToken": visitor.login.csrf if visitor.login else ""}
    if _API in step.path:
        return await client.request(step.method, step.path, json=step.body, headers=headers)
    return await client.request(
        step.method, step.path, data={"version": "1", "reason": "asked"}, headers=headers
    )
