"""Who has logged in."""

from collections.abc import Awaitable, Callable

from litestar import Litestar

from opptak.hooks.types import Identity
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.subject import SYSTEM, Space
from opptak.tenancy.context import TenantContext
from opptak_portal.residents import Residents
from tests.core.scene import Scene
from tests.fakes import FakeTown, adult
from tests.portal.visitor import Visitor


async def test_parent_is_found_by_identity_number(scene: Scene, town: FakeTown) -> None:
    home = await scene.family(languages=["se"])
    number = next(one for one in town.people if town.people[one].given_name == "Voksen")

    async with scene.work_as(SYSTEM) as work:
        found = await Residents().find(work, Identity(subject="s", identity_number=number, level="high"))

    assert found is not None
    assert found.id == home.parent.id


async def test_login_with_an_unknown_number_or_none_is_nobodys(scene: Scene) -> None:
    async with scene.work_as(SYSTEM) as work:
        nobody = await Residents().find(work, Identity(subject="s", identity_number=None, level="high"))
        unknown = await Residents().find(
            work, Identity(subject="s", identity_number="01812999999", level="high")
        )

    assert (nobody, unknown) == (None, None)


async def test_register_is_asked_about_somebody_new(
    scene: Scene,
    town: FakeTown,
    tenant: TenantContext,
    app: Litestar,
    drain: Callable[[], Awaitable[object]],
) -> None:
    newcomer = adult(700)
    town.add(newcomer)
    identity = Identity(subject="s", identity_number=newcomer.identity_number, level="high")
    async with scene.work_as(SYSTEM) as work:
        started = await Logins(work).begin(NewLogin(space=Space.PARENTS, subject_id=None, identity=identity))
        await Residents().missing(work, started.login_id)
    visitor = Visitor(app, host=f"{tenant.slug}.localhost", session=started.token)
    assert "Vi spør folkeregisteret om deg" in await visitor.read("/children")

    await drain()

    page = await visitor.read("/children")
    assert "Vi fant ingen barn som kan søke nå" in page
    assert newcomer.family_name in page
    await visitor.client.aclose()
