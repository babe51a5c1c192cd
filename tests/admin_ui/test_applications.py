"""The list of applications with its filters, and the pages about one."""

import re
from datetime import date
from uuid import UUID

import pytest

from opptak.admission.schemas import ApplicationView
from opptak.authz.actions import Role
from opptak.hooks.types import Protection
from opptak.runtime import Runtime
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.conftest import new_tenant
from tests.core.scene import AFTER_DEADLINE, Scene


class Desk:
    """Three applications: one with an open claim, one that came late, one nobody has answered."""

    def __init__(
        self, worker: Colleague, stated: ApplicationView, late: ApplicationView, silent: ApplicationView
    ):
        self.worker = worker
        self.stated, self.late, self.silent = stated, late, silent

    async def listed(self, query: str) -> list[str]:
        """Return which of the three a search finds."""
        page = (await self.worker.get(f"/staff/applications?{query}")).text
        names = {"stated": self.stated, "late": self.late, "silent": self.silent}
        return [name for name, application in names.items() if application.case_number in page]


@pytest.fixture
async def desk(scene: Scene, employ: Employ) -> Desk:
    houses = await scene.houses(a=1, b=1)
    [stated] = await scene.apply(await scene.family(), houses["a"], priority=True)
    [silent] = await scene.draft(await scene.family(home=None))
    scene.clock.travel_to(AFTER_DEADLINE)
    [late] = await scene.apply(await scene.family(), houses["b"])
    return Desk(await employ(Role.CASE_WORKER, Role.APPROVER), stated, late, silent)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["stated", "late", "silent"]),
        ("status=drafted", ["silent"]),
        ("answer=yes", ["stated", "late"]),
        ("arrived=late", ["late"]),
        ("arrived=in_time", ["stated", "silent"]),
        ("claims=open", ["stated"]),
        ("claims=settled", ["late", "silent"]),
        ("find=2027-0001", ["stated"]),
        ("find=Barn", ["stated", "late", "silent"]),
        ("find=nobody", []),
        ("find=01.06.2025", ["stated", "late", "silent"]),
        ("find=2025-06-02", []),
        ("sort=newest", ["stated", "late", "silent"]),
        ("sort=child&status=drafted", ["silent"]),
        ("status=drafted&answer=yes", []),
        ("status=nonsense&after=nonsense&facility=moon", ["stated", "late", "silent"]),
        (f"after={UUID(int=1)}", ["stated", "late", "silent"]),
    ],
)
async def test_filters_find_what_they_say(desk: Desk, query: str, found: list[str]) -> None:
    assert await desk.listed(query) == found


async def test_filter_by_house_counts_every_rank(scene: Scene, desk: Desk) -> None:
    houses = await scene.by_name()

    assert await desk.listed(f"facility={houses['b'].facility_id}") == ["late"]


async def test_filters_stay_in_the_form_and_in_the_links_to_other_pages(scene: Scene, desk: Desk) -> None:
    houses = await scene.by_name()
    for _ in range(51):
        await scene.apply(await scene.family(), houses["a"])

    first = await desk.worker.read("/staff/applications?answer=yes")
    on = re.search(r'href="(\?answer=yes&after=[^"]+)" rel="next"', first)
    assert on is not None
    second = await desk.worker.read(f"/staff/applications{on[1]}")
    back = re.search(r'href="(\?answer=yes&before=[^"]+)" rel="prev"', second)
    assert back is not None

    assert '<option value="yes" selected>' in first
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in second
    assert cases(await desk.worker.read(f"/staff/applications{back[1]}")) == cases(first)
    assert len(cases(first)) == 50
    assert set(cases(second)).isdisjoint(cases(first))


def cases(page: str) -> list[str]:
    """Return the case numbers a page lists."""
    return re.findall(r">(2027-\d{4})<", page)


async def test_sheet_holds_what_the_filters_find_and_no_protected_name(
    scene: Scene, desk: Desk, employ: Employ, stranger: Colleague, runtime: Runtime
) -> None:
    hidden = await scene.family(home=None, protection=Protection.CONFIDENTIAL, given_name="Hemmelig")
    await scene.apply(hidden, (await scene.by_name())["a"])
    outsider = await employ(Role.CASE_WORKER, at=await new_tenant(runtime))
    sheet = "/staff/applications/list.csv"

    assert (await stranger.get(sheet)).status_code == 303
    assert (await (await employ(Role.ADMINISTRATOR)).get(sheet)).status_code == 403
    assert len((await outsider.get(sheet)).text.splitlines()) == 1
    rows = (await desk.worker.get(f"{sheet}?answer=yes")).content.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("Saksnummer;")
    assert len(rows) == 4
    assert "Hemmelig" not in "".join(rows)
    assert any(";Beskyttet;;" in row for row in rows)
    assert not any(desk.silent.case_number in row for row in rows)


async def test_page_shows_the_register_beside_the_family(desk: Desk) -> None:
    page = (await desk.worker.get(f"/staff/applications/{desk.stated.id}")).text

    assert "Veg 0010, 9151 Storslett" in page
    assert "16.\u00a0august 2027" in page
    assert "Prioritet etter loven" in page
    assert "Barnehageloven § 18" in page
    assert "0 m" in page


async def test_late_application_says_so(desk: Desk) -> None:
    assert "For sent" in (await desk.worker.get(f"/staff/applications/{desk.late.id}")).text


async def test_history_names_who_read_and_changed(desk: Desk) -> None:
    await desk.worker.get(f"/staff/applications/{desk.stated.id}")

    page = (await desk.worker.get(f"/staff/applications/{desk.stated.id}/history?reads=shown")).text

    assert "Anne Prøve" in page
    assert "Leste søknad" in page
    assert "Voksen Prøve15" in page
    assert "Endret søknad" in page


async def test_reasons_come_with_the_release(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    [first] = await scene.apply(await scene.family(date(2025, 1, 1)), houses["a"])
    await scene.close()
    worker = await employ(Role.CASE_WORKER)
    page = f"/staff/applications/{first.id}"

    assert "Det finnes ingen begrunnelse ennå" in (await worker.get(f"{page}/why")).text
    await scene.release()
    why = (await worker.get(f"{page}/why")).text
    assert "Barnet ditt har fått plass i Barnehage a" in why
    assert "Plass i Barnehage a, " in why
    assert "Venter på svar" in (await worker.get(f"{page}/outcome")).text
