"""My children: one line and one button for each."""

from datetime import UTC, date, datetime

from litestar import Litestar

from opptak.hooks.types import Identity
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from tests.core.scene import SMALL, Scene
from tests.portal.conftest import LogIn
from tests.portal.visitor import Visitor


async def test_draft_without_wishes_does_not_claim_to_be_filled_in(scene: Scene, log_in: LogIn) -> None:
    home = await scene.family()
    [application] = await scene.draft(home)
    parent = await log_in(home)

    assert application.wishes == ()
    assert "Velg barnehager og svar på to spørsmål senest" in await parent.read("/children")
    assert "Vi har ikke fylt ut noen for deg." in await parent.read(f"/applications/{application.id}")


async def test_draft_asks_for_an_answer_by_the_deadline(scene: Scene, log_in: LogIn) -> None:
    await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.draft(home)

    page = await (await log_in(home)).read("/children")

    assert "Svar på to spørsmål senest 1.\u00a0mars 2027." in page
    assert f'href="/applications/{application.id}"' in page


async def test_draft_says_after_the_deadline_that_it_is_late(scene: Scene, log_in: LogIn) -> None:
    home = await scene.family()
    await scene.draft(home)
    await scene.close()

    page = await (await log_in(home)).read("/children")

    assert "Fristen var 1.\u00a0mars 2027, men dere kan fortsatt søke." in page


async def test_application_says_when_to_expect_an_answer(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])

    page = await (await log_in(home)).read("/children")

    assert "Vi fordeler plassene etter fristen 1.\u00a0mars 2027" in page
    assert f'href="/applications/{application.id}/status"' in page


async def test_offer_leads_to_its_page(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()
    await scene.release()
    offer = await scene.offer(application)

    page = await (await log_in(home)).read("/children")

    assert "tilbud om plass i Barnehage a fra 16.\u00a0august 2027. Svar senest 16.\u00a0mars 2027." in page
    assert f'href="/offers/{offer.id}"' in page


async def test_child_without_application_can_be_applied_for(scene: Scene, log_in: LogIn) -> None:
    await scene.houses(a=1)
    await scene.round()
    home = await scene.family()
    parent = await log_in(home)
    page = await parent.get("/children")
    assert "Det er ikke søkt om plass ennå." in page.text

    started = await parent.post(f"/children/{home.child}/apply")
    form = await parent.follow(started)

    assert form.status_code == 200
    assert "Søknad for Barn" in form.text
    assert "Det er ikke søkt om plass ennå." not in await parent.read("/children")


async def test_child_with_a_place_is_told_to_have_one(scene: Scene, log_in: LogIn) -> None:
    await scene.houses(a=1)
    home = await scene.family()
    await scene.placed(home.child, "a")

    page = await (await log_in(home)).read("/children")

    assert "Barnet har plass i Barnehage a." in page


async def test_schoolchild_is_left_out(scene: Scene, log_in: LogIn) -> None:
    home = await scene.family(date(2018, 5, 5))

    page = await (await log_in(home)).read("/children")

    assert "Vi fant ingen barn som kan søke nå" in page
    assert "barnehage@nordreisa.example" in page


async def test_somebody_the_register_has_not_told_of_is_asked_to_wait(
    runtime: Runtime, tenant: TenantContext, app: Litestar
) -> None:
    async with runtime.work(tenant) as work:
        identity = Identity(subject="x", identity_number="01812000099", level="high")
        started = await Logins(work).begin(NewLogin(space=Space.PARENTS, subject_id=None, identity=identity))
    visitor = Visitor(app, host=f"{tenant.slug}.localhost", session=started.token)

    page = await visitor.get("/children")

    assert page.status_code == 200
    assert "Vi spør folkeregisteret om deg" in page.text
    await visitor.client.aclose()


async def test_withdrawn_application_can_be_sent_again(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family(SMALL)
    [application] = await scene.apply(home, houses["a"])
    parent = await log_in(home)
    await parent.get(f"/applications/{application.id}/withdraw")

    gone = await parent.post(f"/applications/{application.id}/withdraw")

    page = await parent.follow(gone)
    assert "Søknaden er trukket tilbake." in page.text
    assert await scene.status(application) == "withdrawn"
    assert (await parent.get(f"/applications/{application.id}")).status_code == 200


async def test_session_ends_after_half_an_hour(scene: Scene, log_in: LogIn) -> None:
    parent = await log_in(await scene.family())
    scene.clock.travel_to(datetime(2027, 1, 11, 9, 31, tzinfo=UTC))

    assert (await parent.get("/children")).headers["location"] == "/login?next=%2Fchildren"
