"""Two questions, the wishes, and the priority by law."""

from datetime import UTC, date, datetime

import httpx

from opptak.admission.schemas import Answers, ApplicationView
from opptak.admission.service import Applications
from tests.core.scene import Household, Scene
from tests.portal.conftest import LogIn
from tests.portal.visitor import Visitor

GOOD = {
    "start_on_day": "16",
    "start_on_month": "8",
    "start_on_year": "2027",
    "days_per_week": "4",
}


async def opened(scene: Scene, log_in: LogIn, **seats: int) -> tuple[Visitor, ApplicationView, Household]:
    """A parent at the form of a draft."""
    await scene.houses(**(seats or {"a": 1, "b": 1, "c": 1, "d": 1}))
    home = await scene.family(parents=2)
    [application] = await scene.draft(home)
    parent = await log_in(home)
    await parent.get(f"/applications/{application.id}")
    return parent, application, home


async def stored(scene: Scene, home: Household, application: ApplicationView) -> ApplicationView:
    """The application as it is stored."""
    async with scene.work_as(home.parent) as work:
        return await Applications(work).get(application.id)


def names(view: ApplicationView) -> list[str]:
    return [wish.facility_name[-1] for wish in view.wishes]


def value(page: httpx.Response, name: str) -> str:
    return page.text.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]


async def test_page_asks_two_questions_and_shows_the_rest(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)

    page = await parent.get(f"/applications/{application.id}")

    assert (value(page, "start_on-day"), value(page, "start_on-month")) == ("1", "8")
    assert page.text.count('type="radio"') == 4
    assert "Barnet har rett til plass, senest fra 1.\u00a0august 2027" in page.text
    assert "Barnehage a (50 m i luftlinje)" in page.text
    assert "Svar senest mandag 1.\u00a0mars 2027." in page.text
    assert "49 dager igjen" in page.text


async def test_start_is_suggested_for_the_first_birthday(scene: Scene, log_in: LogIn) -> None:
    await scene.houses(a=1)
    home = await scene.family(date(2026, 9, 20))
    [application] = await scene.draft(home)

    page = await (await log_in(home)).get(f"/applications/{application.id}")

    assert (value(page, "start_on-day"), value(page, "start_on-month")) == ("20", "9")


async def test_answers_lead_to_the_review_and_are_kept(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)

    response = await parent.post(f"/applications/{application.id}", **GOOD)

    review = await parent.follow(response)
    assert "16.\u00a0august 2027" in review.text
    assert "4 dager i uken" in review.text
    kept = await stored(scene, home, application)
    assert (kept.start_on, kept.days_per_week, kept.status) == (date(2027, 8, 16), 4, "drafted")


async def test_missing_answers_are_told_all_at_once(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)

    page = await parent.post(f"/applications/{application.id}", start_on_day="31", start_on_month="2")

    assert page.status_code == 422
    assert page.text.count("data-error-summary") == 1
    assert page.text.index('href="#start_on"') < page.text.index('href="#days_per_week"')
    assert value(page, "start_on-day") == "31"
    assert (await stored(scene, home, application)).version == application.version


async def test_day_outside_the_round_is_refused_and_kept(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)

    page = await parent.post(f"/applications/{application.id}", **{**GOOD, "start_on_year": "2028"})

    assert page.status_code == 422
    assert value(page, "start_on-year") == "2028"
    assert 'value="4" checked' in page.text


async def test_half_an_answer_is_kept_on_the_way_to_the_wishes(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)

    response = await parent.post(f"/applications/{application.id}", then="wishes", days_per_week="3")

    assert response.headers["location"] == f"/applications/{application.id}/wishes"
    kept = await stored(scene, home, application)
    assert (kept.start_on, kept.days_per_week) == (None, 3)


async def test_wishes_move_without_javascript(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    path = f"/applications/{application.id}/wishes"
    await parent.get(path)
    wishes = [str(wish.facility_id) for wish in application.wishes]

    moved = await parent.post(path, wishes=wishes, move="down:1", accepts_elsewhere="yes")

    assert moved.headers["location"] == f"{path}#wishes"
    assert names(await stored(scene, home, application)) == ["b", "a", "c"]
    await parent.follow(moved)
    await parent.post(path, wishes=[wishes[1], wishes[0], wishes[2]], move="remove:1")
    kept = await stored(scene, home, application)
    assert (names(kept), kept.accepts_elsewhere) == (["a", "c"], False)


async def test_house_is_added_and_saved(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    path = f"/applications/{application.id}/wishes"
    page = await parent.get(path)
    wishes = [str(wish.facility_id) for wish in application.wishes]
    more = (await scene.by_name())["d"].facility_id
    assert f'<option value="{more}">' in page.text

    added = await parent.follow(await parent.post(path, wishes=wishes, move="add", add=str(more)))

    assert names(await stored(scene, home, application)) == ["a", "b", "c", "d"]
    assert "<option" not in added.text
    saved = await parent.post(path, wishes=[*wishes, str(more)], accepts_elsewhere="yes")
    assert saved.headers["location"] == f"/applications/{application.id}"


async def test_more_wishes_than_allowed_are_refused(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in, a=1, b=1, c=1, d=1, e=1, f=1)
    path = f"/applications/{application.id}/wishes"
    await parent.get(path)
    every = [str(one.facility_id) for one in (await scene.by_name()).values()]

    page = await parent.post(path, wishes=every)

    assert page.status_code == 422
    assert 'href="#wishes"' in page.text
    assert [page.text.index(f'name="wishes" value="{one}"') for one in every]
    assert names(await stored(scene, home, application)) == ["a", "b", "c"]


async def test_wish_for_an_unknown_house_is_refused(scene: Scene, log_in: LogIn) -> None:
    parent, application, _ = await opened(scene, log_in)
    path = f"/applications/{application.id}/wishes"
    await parent.get(path)

    assert (await parent.post(path, wishes=["nonsense"])).status_code == 422
    assert (await parent.post(path, wishes=[str(application.id)])).status_code == 422


async def test_priority_is_stated_and_taken_back(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    path = f"/applications/{application.id}/priority"
    await parent.get(path)

    page = await parent.follow(await parent.post(path, statutory_priority="yes"))

    assert "Ja. Vi ber om dokumentasjon" in page.text
    assert (await stored(scene, home, application)).statutory_priority
    await parent.get(path)
    await parent.post(path)
    assert not (await stored(scene, home, application)).statutory_priority


async def test_change_by_the_other_guardian_is_told_and_nothing_is_lost(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    async with scene.work_as(home.parents[1]) as work:
        theirs = Answers(start_on=date(2027, 9, 1), days_per_week=5)
        await Applications(work).save(application.id, theirs, version=application.version)

    page = await parent.post(f"/applications/{application.id}", **GOOD)

    assert page.status_code == 409
    assert "Søknaden er endret mens du fylte ut" in page.text
    assert "Første dag: 1.\u00a0september 2027" in page.text
    assert (value(page, "start_on-day"), value(page, "version")) == ("16", str(application.version + 1))
    parent.version = value(page, "version")
    assert (await parent.post(f"/applications/{application.id}", **GOOD)).status_code == 303
    assert (await stored(scene, home, application)).start_on == date(2027, 8, 16)


async def test_change_by_the_other_guardian_keeps_the_order_of_wishes(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    path = f"/applications/{application.id}/wishes"
    await parent.get(path)
    async with scene.work_as(home.parents[1]) as work:
        await Applications(work).save(application.id, Answers(), version=application.version)
    turned = [str(wish.facility_id) for wish in reversed(application.wishes)]

    page = await parent.post(path, wishes=turned)

    assert page.status_code == 409
    places = [page.text.index(f'name="wishes" value="{one}"') for one in turned]
    assert places == sorted(places)


async def test_application_in_process_is_shown_and_not_asked_for(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()
    parent = await log_in(home)

    for page in ("", "/wishes", "/priority", "/review", "/no"):
        shown = await parent.get(f"/applications/{application.id}{page}")
        assert shown.headers["location"] == f"/applications/{application.id}/status"
    await parent.get("/children")
    late = await parent.post(f"/applications/{application.id}", version=str(application.version), **GOOD)
    assert late.status_code == 409


async def test_sent_application_is_changed_in_place(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    parent = await log_in(home)
    page = await parent.get(f"/applications/{application.id}")
    assert "Lagre endringene" in page.text

    status = await parent.follow(await parent.post(f"/applications/{application.id}", **GOOD))

    assert "Endringene er lagret." in status.text
    changed = await stored(scene, home, application)
    assert (changed.days_per_week, changed.status) == (4, "submitted")


async def test_form_sent_after_the_login_ran_out_comes_back(scene: Scene, log_in: LogIn) -> None:
    parent, application, home = await opened(scene, log_in)
    scene.clock.travel_to(datetime(2027, 1, 11, 9, 40, tzinfo=UTC))

    turned_away = await parent.post(f"/applications/{application.id}", **GOOD)

    assert turned_away.headers["location"] == f"/login?next=%2Fapplications%2F{application.id}"
    parent.client.cookies.set("session", (await log_in(home)).session)
    page = await parent.get(f"/applications/{application.id}")
    assert "Vi tok vare på det du hadde fylt ut" in page.text
    assert (value(page, "start_on-day"), 'value="4" checked' in page.text) == ("16", True)
