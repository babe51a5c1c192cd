"""Other ways than the straight one: without scripts or a mouse, with interruptions, with authorities down.

The tests are in the order of a round: what happens while it is open, then what happens after the release.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Locator, expect
from tests.e2e.casting import Family, families, family_of, newcomer
from tests.e2e.crawler import crawl, faults
from tests.e2e.theatre import Theatre
from tests.e2e.visitor import Device, Visitor, Visitors

from opptak.admission.schemas import ApplicationStatus
from opptak.demo.cast import PLAYERS
from opptak.offers.schemas import OfferStatus
from opptak.offers.service import Offers

pytestmark = pytest.mark.browser

MOST_TABS = 60
LOGIN_LASTS = timedelta(minutes=31)


async def test_application_is_sent_without_scripts(town: Theatre, visitors: Visitors) -> None:
    [family, *_] = await families(town)
    parent = await visitors(scripts=False)
    await parent.log_in(await town.number(family.guardians[0].id))
    await parent.open(f"/applications/{family.application.id}")
    await parent.choose(parent.text.plural("portal.days", 5))
    await parent.press("portal.application.go_on")
    await parent.button("portal.review.send").dblclick()
    await parent.is_at("portal.receipt.title")

    assert await _status(town, family) is ApplicationStatus.SUBMITTED


async def test_wishes_are_moved_without_scripts(town: Theatre, visitors: Visitors) -> None:
    family = next(one for one in await families(town) if len(one.application.wishes) > 1)
    first, second = (wish.facility_name for wish in family.application.wishes[:2])
    parent = await visitors(scripts=False)
    await parent.log_in(await town.number(family.guardians[0].id))
    await parent.open(f"/applications/{family.application.id}/wishes")
    await parent.press("ui.move_down", item=first)
    await expect(parent.page.locator("[data-name]").first).to_have_text(second)

    moved = (await family_of(town, family.application.id)).application.wishes
    assert [wish.facility_name for wish in moved[:2]] == [second, first]


async def test_application_is_sent_by_keyboard_alone(town: Theatre, visitors: Visitors) -> None:
    [family, *_] = await families(town)
    parent = await visitors()
    await parent.open("/")
    await _reach(parent, parent.link("portal.front.log_in"), press="Enter")
    await parent.identify(await town.number(family.guardians[0].id))
    await _reach(parent, parent.link("portal.stage.to_answer.action"), press="Enter")
    await parent.is_at("portal.application.title", name=family.application.child_name)
    await _reach(parent, parent.page.locator("[name=days_per_week]"), press="ArrowDown")
    await expect(parent.page.get_by_label(parent.text.plural("portal.days", 4))).to_be_checked()
    await _reach(parent, parent.button("portal.application.go_on"), press="Enter")
    await parent.is_at("portal.review.title")
    await _reach(parent, parent.button("portal.review.send"), press="Enter")
    await parent.is_at("portal.receipt.title")

    assert await _status(town, family) is ApplicationStatus.SUBMITTED


async def test_family_without_wishes_is_led_to_them(town: Theatre, visitors: Visitors) -> None:
    family = next(one for one in await families(town, drafted=False) if not one.application.wishes)
    parent = await visitors()
    await parent.log_in(await town.number(family.guardians[0].id))
    await parent.open(f"/applications/{family.application.id}")
    await parent.choose(parent.text.plural("portal.days", 5))
    await parent.press("portal.application.go_on")
    await parent.is_at("portal.wishes.title")
    await parent.reads("admission.field.wishes.missing")
    await parent.page.get_by_label(parent.text("portal.wishes.add")).select_option(index=1)
    await parent.press("portal.wishes.add_button")
    await parent.press("portal.wishes.save")
    await parent.press("portal.application.go_on")
    await parent.is_at("portal.review.title")


async def test_half_filled_form_survives_the_end_of_the_login(town: Theatre, visitors: Visitors) -> None:
    [family, *_] = await families(town)
    number = await town.number(family.guardians[0].id)
    parent = await visitors()
    await parent.log_in(number)
    await parent.open(f"/applications/{family.application.id}")
    await parent.page.locator("[name=start_on-day]").fill("23")
    await parent.choose(parent.text.plural("portal.days", 3))
    town.later(LOGIN_LASTS)
    await parent.press("portal.application.go_on")
    await parent.reads("web.login.kept")
    await parent.page.get_by_role("main").get_by_role("link").click()
    await parent.identify(number)
    await parent.reads("web.stash_kept")
    await expect(parent.page.locator("[name=start_on-day]")).to_have_value("23")
    await expect(parent.page.get_by_label(parent.text.plural("portal.days", 3))).to_be_checked()
    await parent.press("portal.application.go_on")
    await parent.is_at("portal.review.title")


async def test_register_that_is_down_stops_nobody(town: Theatre, visitors: Visitors) -> None:
    parent = await visitors()
    with town.fault("folkeregisteret", "down"):
        await parent.log_in(await newcomer(town))
        await parent.reads("portal.children.looking.title")
        await parent.open("/kindergartens")
        await parent.is_at("portal.kindergartens.title")
        await town.story.rest(retried=False)
    town.later(timedelta(minutes=5))
    await town.story.rest()
    await parent.open("/children")
    await parent.reads("portal.children.none.title")


async def test_offer_is_accepted_without_scripts(released: Theatre, visitors: Visitors) -> None:
    town = released
    async with town.work() as work:
        offer = next(iter(await Offers(work).list_by_status(OfferStatus.SENT)))
    family = await family_of(town, offer.application_id)
    parent = await visitors(scripts=False)
    await parent.log_in(await town.number(family.guardians[0].id))
    await parent.open(f"/offers/{offer.id}")
    await parent.button("portal.offer.accept").dblclick()
    await parent.is_at("portal.offer.accepted.title", facility=offer.facility_name)

    assert await _offer_status(town, offer.id) is OfferStatus.ACCEPTED


async def test_every_page_of_a_parent_fits_the_smallest_phone(released: Theatre, visitors: Visitors) -> None:
    async with released.work() as work:
        [offer, *_] = await Offers(work).list_by_status(OfferStatus.SENT)
    [late, *_] = await families(released)
    for family in (late, await family_of(released, offer.application_id)):
        parent = await visitors(Device.SMALLEST)
        await parent.log_in(await released.number(family.guardians[0].id))
        await parent.read_in("se")
        assert await crawl(parent, "/", "/children", f"/applications/{family.application.id}/wishes") == []


@pytest.mark.parametrize("name", [name for name, _ in PLAYERS])
async def test_every_page_of_the_office_fits_the_smallest_phone(
    released: Theatre, visitors: Visitors, name: str
) -> None:
    clerk = await visitors(Device.SMALLEST)
    await clerk.log_in_as_staff(name)

    assert await crawl(clerk, "/staff/", within="/staff/") == []


@pytest.mark.parametrize("language", ["nb", "se", "en"])
async def test_pages_on_the_way_have_no_barrier(town: Theatre, visitors: Visitors, language: str) -> None:
    stranger = await visitors(Device.SMALLEST)
    await stranger.read_in(language)
    wrong = []
    for path in ("/nowhere", "/login/callback", "/staff/login", "/children"):
        await stranger.open(path)
        wrong += [f"{path} {fault}" for fault in await faults(stranger)]

    assert wrong == []


async def _reach(visitor: Visitor, wanted: Locator, *, press: str) -> None:
    """Go to an element with the tabulator, as somebody does who can't use a mouse, and press a key there."""
    target = await wanted.first.element_handle()
    for _ in range(MOST_TABS):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("element => element === document.activeElement", target):
            await visitor.page.keyboard.press(press)
            return
    pytest.fail(f"the tabulator does not reach {wanted}")


async def _status(town: Theatre, family: Family) -> ApplicationStatus:
    return (await family_of(town, family.application.id)).application.status


async def _offer_status(town: Theatre, offer: UUID) -> OfferStatus:
    async with town.work() as work:
        return (await Offers(work).get(offer)).status
