"""Every page: who may open it, in which language, and what it never says."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import pytest
from litestar import Litestar

from opptak.authz.actions import Role
from opptak.identity.logins import Logins
from opptak.identity.schemas import NewLogin
from opptak.kit.subject import Space
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from opptak.web import handlers
from tests.admin_ui.album import EVERYWHERE, after_release, before_deadline, before_release
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.scene import Scene

MOMENTS = (before_deadline, before_release, after_release)
ALL = (Role.CASE_WORKER, Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR)
LANGUAGES = ("nb", "nn", "se", "en")
KEY = re.compile(r"\b(?:staff|letter|allocation|admission|facility|outreach|export|plugin|web|ui)\.[a-z_]\w*")
TAG = re.compile(r"<[^>]*>")
ID = "01900000-0000-7000-8000-000000000000"

FORBIDDEN = {
    Role.CASE_WORKER: {"/staff/audit", "/staff/plugins"},
    Role.APPROVER: {"/staff/problems", "/staff/audit", "/staff/plugins"},
    Role.LEADER: {"/staff/round", "/staff/letters", "/staff/problems", "/staff/audit", "/staff/plugins"},
    Role.ADMINISTRATOR: {
        "/staff/applications",
        "/staff/offers",
        "/staff/offers/waiting",
        "/staff/placements",
        "/staff/letters",
    },
    Role.AUDITOR: {"/staff/", "/staff/problems", "/staff/plugins"},
}

Moment = Callable[[Scene], Awaitable[list[str]]]


def addresses(app: Litestar, method: str) -> list[str]:
    """Return the addresses of the site's handlers, with an id nobody has."""
    return [
        re.sub(r"{\w+:\w+}", ID, path)
        for path, handler in handlers(app)
        if path.startswith("/staff")
        and "/api/" not in path
        and method in handler.http_methods
        and handler.opt["action"] is not None
    ]


async def test_stranger_is_sent_to_log_in(app: Litestar, stranger: Colleague) -> None:
    pages = addresses(app, "GET")

    for path in pages:
        response = await stranger.get(path)
        assert (path, response.status_code) == (path, 303)
        assert response.headers["location"].startswith("/staff/login?")
    assert len(pages) > 25


async def test_stranger_can_post_nothing(app: Litestar, stranger: Colleague) -> None:
    for path in addresses(app, "POST"):
        response = await stranger.post(path)
        assert (path, response.status_code) == (path, 303)
        assert response.headers["location"].startswith("/staff/login?")


async def test_parent_is_not_staff(
    app: Litestar, runtime: Runtime, tenant: TenantContext, scene: Scene
) -> None:
    family = await scene.family()
    async with runtime.work(tenant) as work:
        new = NewLogin(space=Space.PARENTS, subject_id=family.parent.id, level="high")
        started = await Logins(work).begin(new)
    parent = Colleague(app, host=f"{tenant.slug}.localhost", session=started.token)

    assert (await parent.get("/staff/applications")).status_code == 303
    await parent.client.aclose()


async def test_colleague_of_another_municipality_is_not_staff_here(
    app: Litestar, employ: Employ, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    elsewhere = await employ(*ALL, at=other_tenant)
    here = Colleague(app, host=f"{tenant.slug}.localhost", session=elsewhere.session)

    assert (await here.get("/staff/")).status_code == 303
    await here.client.aclose()


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_other_municipality_finds_none_of_the_pages(
    moment: Moment, scene: Scene, employ: Employ, other_tenant: TenantContext
) -> None:
    pages = [path for path in await moment(scene) if re.search(r"[0-9a-f]{8}-", path)]
    stranger = await employ(*ALL, at=other_tenant)

    found = {path: (await stranger.get(path)).status_code for path in pages}

    assert found == dict.fromkeys(pages, 404)


@pytest.mark.parametrize("role", FORBIDDEN)
async def test_role_opens_its_own_pages_and_no_others(role: Role, employ: Employ) -> None:
    colleague = await employ(role)

    found = {path: (await colleague.get(path)).status_code for path in EVERYWHERE}

    assert found == {path: 403 if path in FORBIDDEN[role] else 200 for path in EVERYWHERE}


async def test_menu_shows_what_the_role_may_open(employ: Employ) -> None:
    leader = await employ(Role.LEADER)

    page = unescape((await leader.get("/staff/")).text)

    assert 'href="/staff/applications"' in page
    assert 'href="/staff/letters"' not in page


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR])
async def test_role_without_the_right_changes_nothing(role: Role, app: Litestar, employ: Employ) -> None:
    colleague = await employ(role)
    await colleague.get("/staff/applications")
    capacity = f"/staff/kindergartens/{ID}/units/{ID}"

    found = {path: (await colleague.post(path)).status_code for path in addresses(app, "POST")}

    own = {capacity: 404} if role is Role.LEADER else {}
    assert found == dict.fromkeys(found, 403) | own
    assert capacity in found


async def test_form_without_its_token_is_refused(employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER)

    assert (await worker.post("/staff/kindergartens/import", _csrf_token="guessed")).status_code == 403


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
async def test_all_pages_speak_every_language(moment: Moment, scene: Scene, employ: Employ) -> None:
    pages = await moment(scene)
    anne = await employ(*ALL)

    for path in pages:
        for language in LANGUAGES:
            response = await anne.get(path, **{"accept-language": language})
            assert (path, response.status_code) == (path, 200)
            assert f'<html lang="{language}"' in response.text
            assert KEY.findall(TAG.sub(" ", response.text)) == []


async def test_protected_address_is_shown_to_nobody(scene: Scene, employ: Employ) -> None:
    pages = await before_deadline(scene)
    anne = await employ(*ALL)

    seen = "".join([(await anne.get(path)).text for path in pages])

    assert "Veg 0020" not in seen
    assert "Veg 0010" in seen
    assert "Beskyttet (fortrolig)" in seen
