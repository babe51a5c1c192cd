"""Whoever sees or changes something about people leaves a trace in the audit log; so does who is refused."""

from collections.abc import Callable, Mapping

from litestar import Controller, Litestar, get
from tests.isolation.estate import Estate
from tests.isolation.test_routes import planted, values_of, visitors_of
from tests.isolation.trail import Trail
from tests.isolation.walker import CHANGES, Walk, routes

from opptak.authz.actions import Action
from opptak.runtime import Runtime
from opptak.tenancy.context import Work
from opptak.webkit import Given

UNTARGETED: Mapping[str, str] = {
    "GET /staff/audit": "its lines hold ids; that somebody looks, and about whom they ask, is noted",
    "GET /staff/api/v1/audit": "as its page",
}
"""Looks that are noted without what was shown, and why."""

UNNOTED: Mapping[str, str] = {
    "POST /logout": "the end of one's own session",
    "POST /staff/logout": "the end of one's own session",
}
"""Requests that need no trace, and why."""

Tell = Callable[[str, object], None]


async def test_every_look_at_people_is_noted(
    runtime: Runtime, app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    ours, _ = estates
    trail = Trail(runtime, ours.tenant, untargeted=UNTARGETED, unnoted=UNNOTED)
    looks = [step for step in routes(app, values_of(ours)) if step.method not in CHANGES]
    for visitor in visitors_of(ours, at=ours):
        await trail.follow(Walk(app, looks), visitor, secrets=ours.family)

    record_property("told", trail.summary())
    assert "\n".join(sorted(trail.missing)) == ""


async def test_look_that_is_not_noted_is_caught(runtime: Runtime, estates: tuple[Estate, Estate]) -> None:
    ours, _ = estates

    class Silent(Controller):
        @get("/silent", action=Action.OWN_CHILDREN_READ)
        async def show(self, work: Given[Work]) -> str:
            """Show an application and note nothing."""
            return ours.ids["application_id"][0]

    app = planted(runtime, Silent)
    trail = Trail(runtime, ours.tenant, untargeted=UNTARGETED, unnoted=UNNOTED)
    silent = [step for step in routes(app, values_of(ours)) if step.route == "/silent"]
    for visitor in visitors_of(ours, at=ours):
        await trail.follow(Walk(app, silent), visitor, secrets=ours.family)

    assert trail.missing == {"GET /silent is answered 200 to parent, and nothing is noted"}


async def test_every_change_is_noted(
    runtime: Runtime, app: Litestar, estates: tuple[Estate, Estate], record_property: Tell
) -> None:
    """The last test: it changes what the others look at."""
    ours, _ = estates
    trail = Trail(runtime, ours.tenant, untargeted=UNTARGETED, unnoted=UNNOTED)
    changes = [step for step in routes(app, values_of(ours)) if step.method in CHANGES]
    for visitor in visitors_of(ours, at=ours):
        await trail.follow(Walk(app, changes), visitor, secrets=ours.family)

    record_property("told", trail.summary())
    assert "\n".join(sorted(trail.missing)) == ""
