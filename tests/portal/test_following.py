"""Status, letters, and why it turned out so."""

from collections.abc import Awaitable, Callable
from datetime import date

from tests.core.scene import Scene
from tests.portal.conftest import LogIn

Drain = Callable[[], Awaitable[object]]


async def test_status_shows_the_way_and_who_sent_it(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family(parents=2)
    [application] = await scene.apply(home, houses["a"])
    mine = await (await log_in(home)).get(f"/applications/{application.id}/status")
    theirs = await (await log_in(home, guardian=1)).get(f"/applications/{application.id}/status")

    assert "av deg" in mine.text
    assert "av den andre forelderen" in theirs.text
    assert 'data-state="done"' in mine.text
    assert mine.text.count('aria-current="step"') == 1
    assert application.case_number in mine.text


async def test_status_lists_the_letters_to_its_reader(scene: Scene, log_in: LogIn, drain: Drain) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    parent = await log_in(home)
    assert "/letters/" not in await parent.read(f"/applications/{application.id}/status")

    await drain()

    assert "Vi har fått søknaden (PDF)" in await parent.read(f"/applications/{application.id}/status")


async def test_status_of_a_draft_is_its_form(scene: Scene, log_in: LogIn) -> None:
    home = await scene.family()
    [application] = await scene.draft(home)

    page = await (await log_in(home)).get(f"/applications/{application.id}/status")

    assert page.headers["location"] == f"/applications/{application.id}"


async def test_reasons_are_told_for_each_wish(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1, b=1)
    homes = [await scene.family(date(2025, month, 1)) for month in (1, 2, 3)]
    sent = [(await scene.apply(home, houses["a"], houses["b"]))[0] for home in homes]
    await scene.close()
    await scene.release()

    page = await (await log_in(homes[2])).read(f"/applications/{sent[2].id}/why")

    assert page.index("Barnehage for barnehage") < page.index(">Barnehage a<") < page.index(">Barnehage b<")
    assert "Nummer 2" in page
    assert "Du kan klage innen 21 dager" in page
    assert sent[2].case_number in page
    assert sent[0].case_number not in page


async def test_reasons_are_not_there_before_the_release(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()

    page = await (await log_in(home)).get(f"/applications/{application.id}/why")

    assert page.status_code == 404
