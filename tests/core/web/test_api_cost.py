"""Queries a request of the API costs: few, and as many for a large town as for a small one."""

from litestar import Litestar
from tests.conftest import START, new_tenant
from tests.core.web.test_api import PARENTS, STAFF, calling
from tests.counting import counted
from tests.fakes import FakeCountry
from tests.isolation.estate import Estate, Login, build
from tests.isolation.test_routes import values_of
from tests.isolation.walker import Step, routes

from opptak.authz.check import PUBLIC, allowed
from opptak.kit.clock import TravelClock
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.web import create_app, installed_sites

MOST = 8
"""Queries, the begin of the transaction and the login among them."""


async def test_no_request_costs_more_for_more_rows(runtime: Runtime, country: FakeCountry) -> None:
    assert isinstance(runtime.clock, TravelClock)
    app = create_app(runtime, installed_sites())
    found = []
    for neighbours in (1, 6):
        runtime.clock.travel_to(START)
        tenant = await new_tenant(runtime)
        town = await build(
            runtime,
            tenant,
            country.town(tenant.slug),
            houses=("ann", "berg", "carl"),
            neighbours=neighbours,
        )
        found.append(await _costs(app, runtime, town))
    runtime.clock.travel_to(START)

    few, many = found
    assert many == few
    assert {route: cost for route, cost in many.items() if cost > MOST} == {}


async def _costs(app: Litestar, runtime: Runtime, town: Estate) -> dict[str, int]:
    costs: dict[str, int] = {}
    asked = [step for step in routes(app, values_of(town)) if step.method == "GET" and _is_read(step)]
    for step in asked:
        async with calling(app, town, _caller(town, step)) as client:
            first = await client.get(step.path)  # finds the tenant of the host, which is remembered
            runtime.tenants.hear()  # as a web process does all the time
            with counted(runtime) as statements:
                await client.get(step.path)
        if first.status_code == 200:
            costs[step.route] = max(len(statements), costs.get(step.route, 0))
    assert set(costs) == {step.route for step in asked}
    return costs


def _is_read(step: Step) -> bool:
    return step.path.startswith((PARENTS, STAFF)) and step.handler.opt["action"] is not PUBLIC


def _caller(town: Estate, step: Step) -> Login:
    """Return somebody who may read all there is."""
    space = Space.STAFF if step.path.startswith(STAFF) else Space.PARENTS
    logins = [one for one in town.logins().values() if one.subject.space is space]
    return next(one for one in logins if allowed(one.subject, step.handler.opt["action"]))
