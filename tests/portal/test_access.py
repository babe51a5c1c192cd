"""Who gets to which page: nobody without a login, and nobody to what is not theirs."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest
from litestar import Litestar

from opptak.authz.actions import Role
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.identity.staff import Staff
from opptak.kit.ids import new_id
from opptak.kit.subject import Space
from opptak.offers.schemas import OfferView
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import create_app
from opptak_portal.site import SITE
from tests.conftest import new_tenant
from tests.core.scene import Household, Scene
from tests.portal.conftest import LogIn
from tests.portal.visitor import Visitor

PAGES = (
    "",
    "/wishes",
    "/priority",
    "/review",
    "/receipt",
    "/status",
    "/why",
    "/certificate",
    "/no",
    "/withdraw",
)
FORMS = ("", "/wishes", "/priority", "/review", "/no", "/withdraw")
OFFER_PAGES = ("", "/decline")


async def offered(scene: Scene) -> tuple[Household, OfferView]:
    """A family with an offer."""
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()
    await scene.release()
    return home, await scene.offer(application)


@pytest.mark.parametrize("page", PAGES)
async def test_visitor_is_sent_to_log_in(stranger: Visitor, page: str) -> None:
    path = f"/applications/{new_id()}{page}"

    response = await stranger.get(path)

    assert response.status_code == 303
    assert response.headers["location"] == f"/login?next={path.replace('/', '%2F')}"


@pytest.mark.parametrize("path", ["/children", "/offers/{id}", "/offers/{id}/decline", "/letters/{id}"])
async def test_visitor_is_sent_to_log_in_everywhere(stranger: Visitor, path: str) -> None:
    response = await stranger.get(path.format(id=new_id()))

    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("form", FORMS)
async def test_form_of_a_visitor_changes_nothing(scene: Scene, stranger: Visitor, form: str) -> None:
    home = await scene.family()
    [application] = await scene.draft(home)

    response = await stranger.post(f"/applications/{application.id}{form}", answer="not_now")

    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?next=")
    assert await scene.status(application) == "drafted"


@pytest.mark.parametrize("page", PAGES)
async def test_other_parents_application_is_not_found(scene: Scene, log_in: LogIn, page: str) -> None:
    [application] = await scene.draft(await scene.family())
    other = await log_in(await scene.family())

    assert (await other.get(f"/applications/{application.id}{page}")).status_code == 404


@pytest.mark.parametrize("form", FORMS)
async def test_other_parents_application_can_not_be_changed(scene: Scene, log_in: LogIn, form: str) -> None:
    [application] = await scene.draft(await scene.family())
    other = await log_in(await scene.family())
    await other.get("/children")

    response = await other.post(f"/applications/{application.id}{form}", answer="not_now", version="1")

    assert response.status_code == 404


@pytest.mark.parametrize("page", OFFER_PAGES)
async def test_other_parents_offer_is_not_found(scene: Scene, log_in: LogIn, page: str) -> None:
    _, offer = await offered(scene)
    other = await log_in(await scene.family())
    await other.get("/children")

    assert (await other.get(f"/offers/{offer.id}{page}")).status_code == 404
    assert (await other.post(f"/offers/{offer.id}{page}", answer="accept")).status_code == 404


async def test_other_parents_child_can_not_be_applied_for(scene: Scene, log_in: LogIn) -> None:
    await scene.round()
    strange = await scene.family()
    other = await log_in(await scene.family())
    await other.get("/children")

    assert (await other.post(f"/children/{strange.child}/apply")).status_code == 404


async def test_other_tenants_application_is_not_found(
    scene: Scene, log_in: LogIn, runtime: Runtime, app: Litestar
) -> None:
    [application] = await scene.draft(await scene.family())
    elsewhere = await new_tenant(runtime)
    async with runtime.work(elsewhere) as work:
        started = await Logins(work).begin(NewLogin(space=Space.PARENTS, subject_id=new_id()))
    visitor = Visitor(app, host=f"{elsewhere.slug}.localhost", session=started.token)

    assert (await visitor.get(f"/applications/{application.id}")).status_code == 404
    assert (await visitor.get("/children")).status_code == 200
    await visitor.client.aclose()


async def test_login_of_another_tenant_does_not_count(
    scene: Scene, log_in: LogIn, other_tenant: TenantContext, app: Litestar
) -> None:
    parent = await log_in(await scene.family())
    elsewhere = Visitor(app, host=f"{other_tenant.slug}.localhost", session=parent.session)

    assert (await elsewhere.get("/children")).headers["location"].startswith("/login")
    await elsewhere.client.aclose()


async def test_login_of_staff_does_not_count(runtime: Runtime, tenant: TenantContext, app: Litestar) -> None:
    async with runtime.work(tenant) as work:
        account = await Staff(work).add(
            email="anne@kommune.example", name="Anne", roles=[Role.CASE_WORKER], password="correct horse"
        )
        started = await Logins(work).begin(NewLogin(space=Space.STAFF, subject_id=account))
    visitor = Visitor(app, host=f"{tenant.slug}.localhost", session=started.token)

    assert (await visitor.get("/children")).headers["location"].startswith("/login")
    await visitor.client.aclose()


async def test_letter_is_for_its_reader_alone(
    scene: Scene, log_in: LogIn, drain: Callable[[], Awaitable[object]]
) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family(parents=2)
    [application] = await scene.apply(home, houses["a"])
    await drain()
    reader, other = await log_in(home), await log_in(home, guardian=1)
    status = await reader.read(f"/applications/{application.id}/status")
    letter = UUID(status.partition('href="/letters/')[2][:36])

    content = await reader.get(f"/letters/{letter}")

    assert (content.status_code, content.headers["content-type"]) == (200, "application/pdf")
    assert content.content.startswith(b"%PDF-")
    assert (await other.get(f"/letters/{letter}")).status_code == 404


async def test_every_page_of_the_site_is_guarded_or_public(runtime: Runtime) -> None:
    create_app(runtime, (SITE,))
    public = {
        path
        for controller in SITE.controllers
        for handler in vars(controller).values()
        if getattr(handler, "opt", {}).get("action", "") is None
        for path in handler.paths
    }

    certificates = "/.well-known/opptak-certificates.json"
    assert public == {"/", "/contact", "/privacy", "/accessibility", "/{facility_id:uuid}", certificates}


async def test_child_is_found_by_the_birthday_the_register_has(scene: Scene, log_in: LogIn) -> None:
    """The valid case: a parent's own page."""
    home = await scene.family(date(2025, 6, 1))
    await scene.draft(home)
    parent = await log_in(home)

    assert "1.\u00a0juni 2025" in await parent.read("/children")
