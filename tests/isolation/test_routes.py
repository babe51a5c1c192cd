"""No address tells anybody what is not theirs: every route, asked by everybody who has no business there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

import msgspec
import pytest
from litestar import Controller, Litestar, get
from litestar.params import FromPath
from tests.isolation.estate import Estate, park_again
from tests.isolation.walker import CHANGES, ParameterUnknown, Reach, Step, Values, Visitor, Walk, routes

from opptak.authz.actions import Action, Role
from opptak.engine.checks import CheckCode
from opptak.kit.subject import Space
from opptak.placements.schemas import ExportFormat
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.web import create_app, installed_sites
from opptak.webkit import Given, Site

PLAIN: Mapping[str, Sequence[str]] = {
    "code": list(CheckCode),
    "digest": ["0"],
    "format_": list(ExportFormat),
    "name": ["logo.svg"],
    "path": ["openapi.json"],
    "version": ["1"],
}
"""Parameters that belong to nobody."""

BODIES: Mapping[str, Mapping[str, object]] = {
    "/api/v1/applications/{application_id:uuid}": {"version": 1},
    "/api/v1/applications/{application_id:uuid}/no": {"answer": "stays_home"},
    "/api/v1/offers/{offer_id:uuid}/answer": {"answer": "accept"},
    "/staff/api/v1/applications/{application_id:uuid}/claims/{claim_id:uuid}/decision": {"holds": True},
    "/staff/api/v1/letters/{letter_id:uuid}/resend": {"reason": "asked"},
    "/staff/api/v1/problems/{job_id:uuid}/set-aside": {"reason": "not_needed"},
    "/staff/api/v1/runs/{run_id:uuid}/freeze": {"reason": "complaint"},
    "/staff/api/v1/facilities/units/{unit_id:uuid}/capacity": {"seats": 1, "valid_from": "2027-08-01"},
}
"""What the API reads before it looks whose it is."""

__all__ = ("planted", "values_of", "visitors_of")

REFUSED = frozenset({401, 403, 404})

Tell = Callable[[str, object], None]


def values_of(estate: Estate, *, at_home: bool = False) -> Values:
    """Return an estate's values; to those who are at its own address the houses are public."""
    houses = {"facility_id": estate.ids["facility_id"]}
    own = {name: some for name, some in estate.ids.items() if not (at_home and name in houses)}
    ruling = {"unit_id": estate.ids["unit_id"][0], "kind": "pinned"}
    rulings = "/staff/api/v1/applications/{application_id:uuid}/rulings"
    bodies = {**BODIES, f"{rulings}/effect": ruling, rulings: {**ruling, "reason": "agreed"}}
    return Values(ids=own, plain={**PLAIN, **houses} if at_home else PLAIN, bodies=bodies)


def visitors_of(estate: Estate, *, at: Estate) -> list[Visitor]:
    """Return everybody who is logged in at an estate, at that one's address or at another's."""
    return [
        Visitor(name=name, tenant=at.tenant, login=login, valid=at is estate)
        for name, login in estate.logins().items()
    ]


async def test_other_municipality_is_told_nothing(
    app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, theirs = estates
    walk = Walk(app, routes(app, values_of(ours)))
    for visitor in [*visitors_of(theirs, at=theirs), Visitor(name="nobody", tenant=theirs.tenant)]:
        await walk.visit(visitor, secrets=ours.secrets - theirs.secrets)

    record_property("told", walk.summary())
    assert "\n".join(walk.leaks()) == ""


async def test_login_holds_at_its_own_municipality_alone(
    app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, theirs = estates
    walk = Walk(app, routes(app, values_of(ours, at_home=True)))
    for visitor in [*visitors_of(theirs, at=ours), Visitor(name="nobody", tenant=ours.tenant)]:
        await walk.visit(visitor, secrets=ours.secrets - ours.public)

    record_property("told", walk.summary())
    assert "\n".join(walk.leaks()) == ""


async def test_other_parent_is_told_nothing(
    app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, _ = estates
    walk = Walk(app, routes(app, values_of(ours, at_home=True)))
    neighbour = Visitor(name="neighbour", tenant=ours.tenant, login=ours.other_parent)
    await walk.visit(neighbour, secrets=ours.family)

    record_property("told", walk.summary())
    assert "\n".join(walk.leaks()) == ""


async def test_role_does_no_more_than_it_may(
    app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, _ = estates
    walk = Walk(app, routes(app, values_of(ours)))
    for visitor in visitors_of(ours, at=ours):
        await walk.visit(visitor, only={Reach.STOPPED, Reach.FORBIDDEN}, secrets=ours.secrets)

    record_property("told", walk.summary())
    assert "\n".join(walk.leaks()) == ""


async def test_leader_is_told_nothing_of_other_houses(
    app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, _ = estates
    values = values_of(ours)
    rounds = {"round_id": ours.ids["round_id"]}  # the whole municipality's; what of it a leader sees, is not
    values = msgspec.structs.replace(
        values,
        ids={name: some for name, some in values.ids.items() if name not in rounds},
        plain={**values.plain, **rounds},
    )
    walk = Walk(app, [step for step in routes(app, values) if step.path.startswith("/staff")])
    leader = Visitor(name="leader", tenant=ours.tenant, login=ours.staff[Role.LEADER])
    await walk.visit(leader, secrets=ours.family)

    record_property("told", walk.summary())
    assert "\n".join(walk.leaks()) == ""


async def test_walk_asks_for_what_is_there(app: Litestar, estates: tuple[Estate, Estate]) -> None:
    ours, _ = estates
    steps = [step for step in routes(app, values_of(ours)) if step.filled and step.method not in CHANGES]

    assert await _unreachable(app, steps, visitors_of(ours, at=ours)) == set()


async def test_walk_catches_a_leak(runtime: Runtime, estates: tuple[Estate, Estate]) -> None:
    ours, theirs = estates

    class Leaky(Controller):
        @get("/planted/{application_id:uuid}", action=Action.OWN_APPLICATION_READ)
        async def show(self, work: Given[Work], application_id: FromPath[UUID]) -> str:
            """Show an application without a look at whose it is."""
            return "an application"

        @get("/planted", action=Action.OWN_CHILDREN_READ)
        async def show_all(self, work: Given[Work]) -> str:
            """Show the applications of all municipalities."""
            return " ".join(ours.ids["application_id"])

    walk = Walk(app := planted(runtime, Leaky), routes(app, values_of(ours)))
    await walk.visit(
        Visitor(name="their parent", tenant=theirs.tenant, login=theirs.parent),
        secrets=ours.secrets - theirs.secrets,
    )

    told = ", ".join(sorted(ours.ids["application_id"]))
    assert walk.leaks() == [
        "their parent: GET /planted is answered 200, not open, which tells " + told,
        "their parent: GET /planted/{application_id:uuid} is answered 200, not missing",
    ]


async def test_new_parameter_has_to_be_filled(runtime: Runtime, estates: tuple[Estate, Estate]) -> None:
    ours, _ = estates

    class Unheard(Controller):
        @get("/unheard/{of:uuid}", action=Action.OWN_APPLICATION_READ)
        async def show(self, work: Given[Work], of: FromPath[UUID]) -> str:
            """Show something new."""
            return str(of)

    with pytest.raises(ParameterUnknown, match=r"/unheard/\{of:uuid\}: .* of "):
        routes(planted(runtime, Unheard), values_of(ours))


async def test_walk_knocks_where_something_can_be_changed(
    runtime: Runtime, app: Litestar, estates: tuple[Estate, Estate]
) -> None:
    """The last test: it changes what the others look at."""
    ours, _ = estates
    steps = [step for step in routes(app, values_of(ours)) if step.filled and step.method in CHANGES]

    async def mend(step: Step) -> None:
        if "{job_id:" in step.route:
            await park_again(runtime, ours)

    assert await _unreachable(app, steps, visitors_of(ours, at=ours), mend) == set()


async def _unreachable(
    app: Litestar,
    steps: Sequence[Step],
    visitors: Sequence[Visitor],
    mend: Callable[[Step], Awaitable[None]] | None = None,
) -> set[str]:
    """Return the routes that let nobody in: not even those they are for. `mend` comes after each request."""
    walk = Walk(app, steps)
    left = {f"{step.method} {step.route}" for step in steps}
    for visitor in visitors:
        async for step, response in walk.each(visitor):
            away = "/login" in response.headers.get("location", "")
            if response.status_code not in REFUSED and response.status_code < 500 and not away:
                left.discard(f"{step.method} {step.route}")
            if mend is not None:
                await mend(step)
    return left


def planted(runtime: Runtime, controller: type[Controller]) -> Litestar:
    """Return the application with a controller more in the parents' site."""
    return create_app(runtime, [_added(site, controller) for site in installed_sites()])


def _added(site: Site, controller: type[Controller]) -> Site:
    if site.space is not Space.PARENTS:
        return site
    return msgspec.structs.replace(site, controllers=(*site.controllers, controller))
