"""Take the pictures in docs/images: the story's pages as people see them, on a phone and at a desk.

Usage: python -m tools.screenshots [FOLDER]
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser
from tests.e2e.casting import Family, families, family_of
from tests.e2e.theatre import Theatre, theatre
from tests.e2e.visitor import Device, Visitor, browser, visit

from opptak.allocation.service import Runs
from opptak.facilities.service import Facilities
from opptak.offers.schemas import OfferStatus
from opptak.offers.service import Offers

IMAGES = Path(__file__).parent.parent / "docs" / "images"

TALLEST = 1500
"""Pixels of a picture; a page that is longer is cut off."""

LARGEST = 250_000
LARGEST_TOGETHER = 4_000_000
"""Bytes of a picture, and of all of them."""


class Album:
    """Takes pictures of one town and keeps them in a folder."""

    def __init__(self, chromium: Browser, town: Theatre, folder: Path) -> None:
        self.town = town
        self._chromium = chromium
        self._folder = folder

    async def parent(self, family: Family, device: Device = Device.PHONE) -> Visitor:
        """Return a family's first guardian, logged in."""
        visitor = await visit(self._chromium, self.town, device)
        await visitor.log_in(await self.town.number(family.guardians[0].id))
        return visitor

    async def clerk(self, name: str, device: Device = Device.DESK) -> Visitor:
        """Return a member of staff, logged in."""
        visitor = await visit(self._chromium, self.town, device)
        await visitor.log_in_as_staff(name)
        return visitor

    async def stranger(self, device: Device) -> Visitor:
        """Return somebody nobody knows."""
        return await visit(self._chromium, self.town, device)

    async def take(self, visitor: Visitor, name: str, path: str = "") -> None:
        """Take a picture of a page, or of the one that is open."""
        if path:
            await visitor.open(path)
        page = visitor.page
        await page.evaluate("document.fonts.ready")
        width, height = visitor.device.value
        if visitor.device is not Device.DESK:
            height = min(TALLEST, await page.evaluate("document.documentElement.scrollHeight"))
        where = "desktop" if visitor.device is Device.DESK else "phone"
        await page.screenshot(
            path=self._folder / f"{name}-{where}.png",
            clip={"x": 0, "y": 0, "width": width, "height": height},
            full_page=True,
            animations="disabled",
        )


async def photograph(folder: Path) -> None:
    """Tell the story once and take the pictures on the way."""
    with tempfile.TemporaryDirectory() as stage:
        async with theatre(Path(stage)) as town, browser() as chromium:
            album = Album(chromium, town, folder)
            [family, *_] = await families(town, guardians=2)
            await _public(album)
            await _applying(album, family)
            await town.story.answer(town.intake)
            await town.story.close(town.intake)
            await _office(album, family)
            await town.story.allocate(town.intake.id)
            await _outcome(album)
            await town.story.hand_over()
            await _after_release(album)


async def _public(album: Album) -> None:
    async with album.town.work() as work:
        [house, *_] = await Facilities(work).offerable()
    phone, desk = await album.stranger(Device.PHONE), await album.stranger(Device.DESK)
    await album.take(phone, "portal-front", "/")
    await album.take(desk, "portal-front", "/")
    await album.take(phone, "portal-kindergartens", "/kindergartens")
    await album.take(phone, "portal-kindergarten", f"/kindergartens/{house.id}")
    await album.take(desk, "staff-login", "/staff/login")
    await album.take(phone, "portal-front-se", "/?language=se")


async def _applying(album: Album, family: Family) -> None:
    """From the card to the receipt."""
    own = f"/applications/{family.application.id}"
    parent, desk = await album.parent(family), await album.parent(family, Device.DESK)
    await album.take(parent, "portal-children", "/children")
    await album.take(desk, "portal-children", "/children")
    await parent.open(own)
    await parent.choose(parent.text.plural("portal.days", 5))
    await album.take(parent, "portal-application")
    await album.take(desk, "portal-application", own)
    for page in ("wishes", "priority", "no"):
        await album.take(parent, f"portal-{page}", f"{own}/{page}")
    await album.take(parent, "portal-application-se", f"{own}?language=se")
    await parent.open(f"{own}?language=nb")
    await parent.press("portal.application.go_on")
    await parent.is_at("portal.application.title", name=family.application.child_name)
    await album.take(parent, "portal-application-refused")
    await parent.choose(parent.text.plural("portal.days", 5))
    await parent.press("portal.application.go_on")
    await parent.is_at("portal.review.title")
    await album.take(parent, "portal-review")
    await parent.press("portal.review.send")
    await parent.is_at("portal.receipt.title")
    await album.take(parent, "portal-receipt")
    await album.take(parent, "portal-status", f"{own}/status")
    await album.take(desk, "portal-status", f"{own}/status")


async def _office(album: Album, family: Family) -> None:
    """The working day before the release: cases, kindergartens, a dry run."""
    worker = await album.clerk("case.worker")
    case = f"/staff/applications/{family.application.id}"
    await album.take(worker, "staff-today", "/staff/")
    await album.take(worker, "staff-applications", "/staff/applications")
    await album.take(worker, "staff-application", case)
    await album.take(worker, "staff-kindergartens", "/staff/kindergartens")
    house = family.application.wishes[0].facility_id
    await album.take(worker, "staff-kindergarten", f"/staff/kindergartens/{house}")
    await worker.open("/staff/round")
    await worker.press("staff.runs.compute")
    await worker.press("staff.check.do")
    await worker.reads("staff.errand.run.check.done")
    await album.take(worker, "staff-run")
    await album.take(worker, "staff-round", "/staff/round")
    phone = await album.clerk("case.worker", Device.PHONE)
    await album.take(phone, "staff-today", "/staff/")
    await album.take(phone, "staff-applications", "/staff/applications")
    approver = await album.clerk("approver")
    await approver.open(f"/staff/runs/{await _run(album.town)}/release")
    await album.take(approver, "staff-release")


async def _outcome(album: Album) -> None:
    """What parents find after the release."""
    async with album.town.work() as work:
        sent = await Offers(work).list_by_status(OfferStatus.SENT)
    offer = next((one for one in sent if one.can_stay_listed), sent[0])
    family = await family_of(album.town, offer.application_id)
    parent, desk = await album.parent(family), await album.parent(family, Device.DESK)
    await album.take(parent, "portal-children-offer", "/children")
    await album.take(parent, "portal-offer", f"/offers/{offer.id}")
    await album.take(desk, "portal-offer", f"/offers/{offer.id}")
    await album.take(parent, "portal-decline", f"/offers/{offer.id}/decline")
    await parent.open(f"/offers/{offer.id}")
    await parent.press("portal.offer.accept")
    await parent.is_at("portal.offer.accepted.title", facility=offer.facility_name)
    await album.take(parent, "portal-accepted")
    await album.take(parent, "portal-why", f"/applications/{offer.application_id}/why")


async def _after_release(album: Album) -> None:
    """What the office sees of it."""
    worker, administrator = await album.clerk("case.worker"), await album.clerk("administrator")
    for page in ("offers", "letters", "placements"):
        await album.take(worker, f"staff-{page}", f"/staff/{page}")
    await album.take(worker, "staff-waiting", "/staff/offers/waiting")
    for page in ("audit", "plugins"):
        await album.take(administrator, f"staff-{page}", f"/staff/{page}")


async def _run(town: Theatre) -> object:
    async with town.work() as work:
        [run, *_] = await Runs(work).of_round(town.intake.id)
    return run.id


def oversized(folder: Path) -> list[str]:
    """Return what is too large to be kept with the code."""
    sizes = {path.name: path.stat().st_size for path in folder.glob("*.png")}
    found = [f"{name}: {size} bytes" for name, size in sizes.items() if size > LARGEST]
    return found + (
        [f"together {sum(sizes.values())} bytes"] if sum(sizes.values()) > LARGEST_TOGETHER else []
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(photograph(target))
    sys.exit("\n".join(oversized(target)) or None)
