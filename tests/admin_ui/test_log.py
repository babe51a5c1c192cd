"""The log's page: who may look, what was refused, the way on, and whether the log is whole."""

from html import unescape

import pytest

from opptak.audit.schemas import Outcome
from opptak.audit.service import AuditLog, record
from opptak.authz.actions import Action, Role
from opptak.kit.ids import new_id
from opptak.kit.subject import SYSTEM
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext
from tests.admin_ui.colleague import Colleague
from tests.admin_ui.conftest import Employ
from tests.core.audit.tampering import Tamper
from tests.core.scene import Scene, WorkAs

LOG = "/staff/audit"


def lines(page: str) -> str:
    return page.partition("<tbody")[2]


async def test_log_is_for_auditors_and_administrators(
    employ: Employ, stranger: Colleague, other_tenant: TenantContext
) -> None:
    assert (await stranger.get(LOG)).status_code == 303
    elsewhere = await employ(Role.AUDITOR, at=other_tenant)
    stranger.client.cookies.set("staff", elsewhere.session, path="/staff")
    assert (await stranger.get(LOG)).status_code == 303
    for role in (Role.CASE_WORKER, Role.APPROVER, Role.LEADER):
        assert (await (await employ(role)).get(LOG)).status_code == 403
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        assert (await (await employ(role)).get(LOG)).status_code == 200


async def test_what_was_refused_is_in_the_log(employ: Employ) -> None:
    worker = await employ(Role.CASE_WORKER, name="Anne Prøve")
    await worker.get(LOG)
    await worker.get(f"/staff/applications/{new_id()}")
    auditor = await employ(Role.AUDITOR)

    refused = lines((await auditor.get(f"{LOG}?outcome=refused")).text)
    missing = lines((await auditor.get(f"{LOG}?outcome=missing")).text)

    assert "Leste loggen" in refused
    assert "avvist" in refused
    assert "Anne Prøve" in refused
    assert "Leste søknad" in missing
    assert "finnes ikke" in missing


async def test_thing_is_linked_for_those_who_may_see_it(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    worker = await employ(Role.CASE_WORKER)
    await worker.get(f"/staff/applications/{sent.id}")
    link = f'href="/staff/applications/{sent.id}"'

    for role, linked in ((Role.AUDITOR, True), (Role.ADMINISTRATOR, False)):
        page = unescape((await (await employ(role)).get(f"{LOG}?target={sent.case_number}")).text)
        assert "Leste søknad" in lines(page)
        assert (link in page) is linked


async def test_case_number_nobody_has_is_pointed_out(employ: Employ) -> None:
    auditor = await employ(Role.AUDITOR)
    page = (await auditor.get(f"{LOG}?target=2027-9999")).text
    assert "Ingen søknad har dette saksnummeret." in page
    assert 'value="2027-9999"' in page


async def test_log_goes_on_where_the_page_ends(employ: Employ, work_as: WorkAs) -> None:
    async with work_as(SYSTEM) as work:
        for number in range(120):
            record(work, Action.APPLICATION_READ, "application", new_id(), number=number)
    auditor = await employ(Role.AUDITOR)
    seen, address = [], f"{LOG}?action=application.read"
    while address:
        page = (await auditor.get(address)).text
        seen.append(lines(page).count("Leste søknad"))
        rest = page.partition('rel="next" href="')[2]
        address = f"{LOG}{rest.partition(chr(34))[0]}".replace("&amp;", "&") if rest else ""
    assert seen == [50, 50, 20]


@pytest.mark.parametrize("language", ["nb", "nn", "se", "en"])
async def test_chain_is_told_of_in_words(
    employ: Employ, work_as: WorkAs, runtime: Runtime, tenant: TenantContext, language: str
) -> None:
    said = {
        "nb": ("ikke forseglet ennå", "forseglet og hel", "endret utenfra"),
        "nn": ("ikkje forsegla enno", "forsegla og heil", "endra utanfrå"),
        "se": ("ii leat vuos seaillastuvvon", "seaillastuvvon ja ollis", "rievdaduvvon olggobealde"),
        "en": ("not sealed yet", "sealed and whole", "changed from outside"),
    }[language]
    auditor = await employ(Role.AUDITOR)
    address = f"{LOG}?language={language}"
    assert said[0] in (await auditor.get(address)).text
    for words, tampered in ((said[1], False), (said[2], True)):
        if tampered:
            Tamper(runtime, tenant)("update audit_entry set trace = 'x'")
        async with work_as(SYSTEM) as work:
            await AuditLog(work).seal()
            await AuditLog(work).verify()
        assert words in (await auditor.get(address)).text


async def test_history_of_a_case_has_the_lists_it_was_in(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    worker = await employ(Role.CASE_WORKER, name="Anne Prøve")
    await worker.get("/staff/applications")
    page = f"/staff/applications/{sent.id}/history?reads=shown"
    history = lines((await worker.get(page)).text)
    assert "1 i listen" in history
    assert "Anne Prøve" in history


async def test_history_of_a_case_begins_with_what_was_changed(scene: Scene, employ: Employ) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    worker = await employ(Role.CASE_WORKER)
    address = f"/staff/applications/{sent.id}/history"
    changes, everything = [(await worker.get(address + reads)).text for reads in ("", "?reads=shown")]
    assert "Endret søknad" in lines(changes)
    assert "Leste søknad" not in lines(changes)
    assert "Leste søknad" in lines(everything)
    assert "history?reads=shown" in changes


async def test_look_that_was_refused_is_among_the_changes(
    scene: Scene, work_as: WorkAs, employ: Employ
) -> None:
    houses = await scene.houses(a=1)
    [sent] = await scene.apply(await scene.family(), houses["a"])
    async with work_as(SYSTEM) as work:
        record(work, Action.APPLICATION_READ, "application", sent.id, outcome=Outcome.REFUSED)
    worker = await employ(Role.CASE_WORKER)
    page = (await worker.get(f"/staff/applications/{sent.id}/history")).text
    assert "Leste søknad" in lines(page)
