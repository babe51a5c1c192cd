"""`opptak onboard`: a folder made by hand becomes a live training municipality, or nothing happens."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from shutil import copytree

import msgspec
import pytest
from click.testing import CliRunner, Result
from tests.conftest import START
from tests.documents import TENANTS
from tests.fakes import child, number
from tests.rows import filled

from opptak.authz.actions import Role
from opptak.cli import opptak
from opptak.facilities.service import Facilities
from opptak.identity.staff import Staff
from opptak.kit.clock import TravelClock
from opptak.kit.ids import new_id
from opptak.kit.ports import free_port
from opptak.kit.subject import SYSTEM
from opptak.people.service import People
from opptak.placements.models import Placement
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

EXAMPLE = TENANTS.parent / "docs" / "examples" / "fjordholm"
AUGUST = date(2027, 8, 16)

Onboard = Callable[..., Awaitable[Result]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example's folder under a slug of this test's own."""
    made = copytree(EXAMPLE, tmp_path / "town")
    change(made / "tenant.toml", '"fjordholm"', f'"t{new_id().hex[-12:]}"')
    return made


@pytest.fixture
def onboard(runtime: Runtime, clock: TravelClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Onboard:
    """The command at the test database, with nobody serving."""
    monkeypatch.setenv("OPPTAK_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("OPPTAK_DATA_DIR", runtime.settings.data_dir)
    monkeypatch.setenv("OPPTAK_CLOCK", START.isoformat())
    monkeypatch.setenv("OPPTAK_PORT", str(free_port()))
    monkeypatch.chdir(tmp_path)

    async def run(folder: Path, *more: str) -> Result:
        # The command has an event loop of its own.
        return await asyncio.to_thread(CliRunner().invoke, opptak, ["onboard", str(folder), *more])

    return run


def change(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def slug_of(folder: Path) -> str:
    """Return the short name the folder asks for."""
    lines = (folder / "tenant.toml").read_text(encoding="utf-8").splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("slug"))


async def found(runtime: Runtime, folder: Path) -> TenantContext | None:
    """Return the folder's tenant, if it is there."""
    return await runtime.tenants.by_slug(slug_of(folder))


async def seats(runtime: Runtime, tenant: TenantContext) -> dict[str, tuple[int, bool]]:
    """Return places, and whether they are confirmed, by house and band."""
    async with runtime.work(tenant, SYSTEM) as work:
        programs = await Facilities(work).programs(AUGUST)
    return {f"{one.facility_register_id} {one.band}": (one.seats, one.confirmed) for one in programs}


async def test_folder_becomes_a_municipality(runtime: Runtime, onboard: Onboard, folder: Path) -> None:
    done = await onboard(folder)
    assert done.exit_code == 0, done.output
    tenant = await found(runtime, folder)
    assert tenant is not None
    assert tenant.document.training
    assert tenant.document.brand.logo == "logo.svg"
    assert tenant.document.criteria[0].rules, "the country's template gives what the folder hasn't got"
    assert (await seats(runtime, tenant))["F1 small"] == (18, True)
    assert "4 in use, 126 places" in done.output
    assert await runtime.tenants.at_host(f"{tenant.slug}.localhost") is not None
    assert f"http://{tenant.slug}.localhost" in done.output.splitlines()[-1]
    assert " is ready after " in done.output.splitlines()[-1]
    assert "nothing serves it yet" in done.output


async def test_first_administrator_gets_in_with_what_is_printed(
    runtime: Runtime, onboard: Onboard, folder: Path
) -> None:
    lines = (await onboard(folder, "--administrator", "anne@town.example")).output.splitlines()
    password = lines[next(n for n, line in enumerate(lines) if line.startswith("staff")) + 1].strip()
    tenant = await found(runtime, folder)
    assert tenant is not None
    async with runtime.work(tenant) as work:
        await Staff(work).authenticate("anne@town.example", password, address="127.0.0.1")
        [account] = await Staff(work).list_all()
    assert [grant.role for grant in account.roles] == [Role.ADMINISTRATOR]


async def test_second_run_changes_nothing(runtime: Runtime, onboard: Onboard, folder: Path) -> None:
    await onboard(folder)
    again = await onboard(folder)
    assert again.exit_code == 0
    assert "version 1, no changes" in again.output
    assert "there is an administrator already" in again.output


async def test_second_run_brings_up_to_date(runtime: Runtime, onboard: Onboard, folder: Path) -> None:
    await onboard(folder)
    change(folder / "facilities.csv", ";18;30;", ";16;28;")
    lines = (folder / "facilities.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "facilities.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    change(folder / "tenant.toml", "max_wishes = 3", "max_wishes = 4")
    again = await onboard(folder)
    assert "version 2, 1 change\n" in again.output
    assert "3 in use" in again.output
    tenant = await found(runtime, folder)
    assert tenant is not None
    held = await seats(runtime, tenant)
    assert (held["F1 small"], held["F1 large"]) == ((16, True), (28, True))
    assert "F4 small" not in held


async def place_a_child(runtime: Runtime, tenant: TenantContext, register_id: str) -> None:
    """Give a child a place in a house."""
    async with runtime.work(tenant, SYSTEM) as work:
        programs = await Facilities(work).programs(AUGUST)
        unit = next(one for one in programs if one.facility_register_id == register_id)
        ids = await People(work).store([child(1, date(2025, 3, 1))])
        place = filled(
            Placement,
            child_id=ids[number(1)],
            unit_id=unit.unit_id,
            facility_id=unit.facility_id,
            starts_on=AUGUST,
        )
        work.session.add(place)


class TestConsent:
    """What takes something from people is done only when asked for twice."""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            (
                'name = "Fjordholm kommune"',
                'name = "Andre"',
                "name: `Fjordholm kommune` would become `Andre`",
            ),
            ('["9901"]', '["9902"]', "municipalities: `9901` would become `9902`"),
        ],
    )
    async def test_another_municipality_is_not_overwritten(
        self, runtime: Runtime, onboard: Onboard, folder: Path, old: str, new: str, told: str
    ) -> None:
        await onboard(folder)
        change(folder / "tenant.toml", old, new)
        refused = await onboard(folder)
        assert refused.exit_code == 1
        assert refused.output == (
            f"Error: {slug_of(folder)} is there already; nothing was applied. Only with --update:\n  {told}\n"
        )
        tenant = await found(runtime, folder)
        assert tenant is not None
        assert tenant.version == 1
        assert (await onboard(folder, "--update")).exit_code == 0

    async def test_house_with_children_is_not_closed(
        self, runtime: Runtime, onboard: Onboard, folder: Path
    ) -> None:
        await onboard(folder)
        tenant = await found(runtime, folder)
        assert tenant is not None
        await place_a_child(runtime, tenant, "F4")
        lines = (folder / "facilities.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "facilities.csv").write_text("".join(lines[:-1]), encoding="utf-8")
        refused = await onboard(folder)
        assert refused.exit_code == 1
        assert "(F4) would close; children with a place there: 1" in refused.output
        assert "F4 small" in await seats(runtime, tenant)
        assert "3 in use" in (await onboard(folder, "--update")).output

    async def test_number_of_another_is_told(self, onboard: Onboard, folder: Path, tmp_path: Path) -> None:
        await onboard(folder)
        again = copytree(folder, tmp_path / "other")
        change(again / "tenant.toml", slug_of(folder), f"t{new_id().hex[-12:]}")
        assert f"also        {slug_of(folder)} has 9901 too" in (await onboard(again)).output


async def test_house_without_places_is_said(onboard: Onboard, folder: Path) -> None:
    change(folder / "facilities.csv", ";18;30;", ";0;0;")
    assert "missing     places: none in " in (await onboard(folder)).output


async def test_register_without_houses_is_said(onboard: Onboard, folder: Path) -> None:
    lines = (folder / "facilities.csv").read_text(encoding="utf-8").splitlines()
    elsewhere = [f"{lines[0]};municipality", *(f"{line};9999" for line in lines[1:])]
    (folder / "facilities.csv").write_text("\n".join(elsewhere), encoding="utf-8")
    assert "missing     facilities: the register lists no house in 9901" in (await onboard(folder)).output


async def test_what_an_unknown_town_lacks_is_said(onboard: Onboard, folder: Path) -> None:
    missing = [line for line in (await onboard(folder)).output.splitlines() if line.startswith("missing")]
    assert any("population register" in line for line in missing)
    assert not any("kindergarten" in line for line in missing), "the sheet is the register"


async def test_three_mistakes_are_told_at_once_and_nothing_is_applied(
    runtime: Runtime, onboard: Onboard, folder: Path
) -> None:
    change(folder / "tenant.toml", "accent =", "acent =")
    change(folder / "tenant.toml", "deadline = 2027-03-01", "deadline = 2027-01-01")
    change(folder / "facilities.csv", ";12;24;", ";tolv;24;")
    refused = await onboard(folder)
    assert refused.exit_code == 1
    assert refused.output.replace(f"{folder}/", "") == (
        "Error: 3 mistakes; nothing was applied\n"
        "  tenant.toml:12: brand.acent: there is no such key; right: did you mean accent?\n"
        "  tenant.toml:18: rounds[0].deadline: 2027-01-01 is before opens_on; right: 2027-01-18 or later\n"
        "  facilities.csv:3: seats_small: `tolv` can't be used; right: a whole number from 0 to 500\n"
    )
    assert await found(runtime, folder) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("tenant.toml", 'country = "no"', 'country = "nq"', "tenant.toml:4: country: there is no template"),
        ("tenant.toml", 'name = "Fjordholm kommune"', "", "name: is missing"),
        ("tenant.toml", 'slug = "t', 'slug = "T', "tenant.toml:2: slug: "),
        ("tenant.toml", "[brand]", "[brand", "tenant.toml:11:7: this is not TOML"),
        ("tenant.toml", "[names]", "training = false\n[names]", "training: `false` can't be used"),
        (
            "tenant.toml",
            "[names]",
            'languages = ["nb", "sv"]\n[names]',
            "languages[1]: the texts in `sv` are not all there",
        ),
        (
            "tenant.toml",
            "[names]",
            'time_zone = "Oslo"\n[names]',
            "tenant.toml:8: time_zone: there is no `Oslo`",
        ),
        (
            "tenant.toml",
            "[brand]",
            "[plugins.fikse]\n[brand]",
            "plugins.fikse: no such plugin is installed; right: did you mean fiks?",
        ),
        ("tenant.toml", "[brand]", "[plugins.registry_de]\n[brand]", "plugins.registry_de: this is for de"),
        (
            "tenant.toml",
            "[brand]",
            '[plugins.fiks.settings]\nkonto = "1"\n[brand]',
            "plugins.fiks.settings.konto: ",
        ),
        (
            "tenant.toml",
            "[brand]",
            '[brand]\nlogo = "arms.svg"',
            "tenant.toml:12: brand.logo: there is no file",
        ),
        (
            "facilities.csv",
            "register_id",
            "regster_id",
            "facilities.csv:1: regster_id: there is no such column",
        ),
        ("facilities.csv", "F2;", "F1;", "facilities.csv:3: register_id: `F1` stands on line 2 too"),
    ],
)
async def test_mistake_is_told_where_it_is(
    onboard: Onboard, folder: Path, file: str, old: str, new: str, told: str
) -> None:
    change(folder / file, old, new)
    refused = await onboard(folder)
    assert refused.exit_code == 1
    assert told in refused.output


async def test_criteria_and_texts_of_its_own_are_looked_at_too(onboard: Onboard, folder: Path) -> None:
    (folder / "texts").mkdir()
    (folder / "texts" / "nb.toml").write_text('"portal.front.lead" = "Hei, {navn}"\n', encoding="utf-8")
    change_to = (TENANTS / "kafjord" / "criteria.toml").read_text(encoding="utf-8")
    (folder / "criteria.toml").write_text(change_to.replace('"distance"', '"distanse"'), encoding="utf-8")
    refused = (await onboard(folder)).output
    assert (
        "criteria[0].rules[5].fact: nobody knows the fact `distanse`; right: did you mean distance?"
        in refused
    )
    assert "texts/nb.toml:1: portal.front.lead: nothing fills in {navn}; right: no braces" in refused
    (folder / "texts" / "nb.toml").unlink()
    (folder / "criteria.toml").write_text(change_to, encoding="utf-8")
    assert (
        "criteria[0].reserves[0].facility: facilities.csv has no `974569302`"
        in (await onboard(folder)).output
    )


async def test_more_seats_reserved_than_a_house_has_are_told(onboard: Onboard, folder: Path) -> None:
    content = (TENANTS / "kafjord" / "criteria.toml").read_text(encoding="utf-8")
    greedy = content.replace('"974569302"', '"F1"').replace("seats = 15", "seats = 49")
    statute = '[[criteria.statutes]]\nfacilities = ["F9"]\nwithout = ["near-home"]\n'
    (folder / "criteria.toml").write_text(f"{greedy}\n{statute}", encoding="utf-8")
    refused = (await onboard(folder)).output
    assert "criteria[0].reserves[0].seats: 49 places are reserved at a house that has 48" in refused
    assert "criteria[0].statutes[0].facilities: facilities.csv has no `F9`" in refused


async def test_unknown_key_of_the_criteria_is_told_there(onboard: Onboard, folder: Path) -> None:
    content = (TENANTS / "kafjord" / "criteria.toml").read_text(encoding="utf-8")
    (folder / "criteria.toml").write_text(f"versjon = 1\n{content}", encoding="utf-8")
    assert "criteria.toml:1: versjon: there is no such key" in (await onboard(folder)).output


async def test_text_that_nobody_would_read_is_told(onboard: Onboard, folder: Path) -> None:
    (folder / "texts").mkdir()
    (folder / "texts" / "nb.toml").write_text('"portal.front.leed" = "Hei"\n', encoding="utf-8")
    (folder / "texts" / "fr.toml").write_text('"portal.front.lead" = "Salut"\n', encoding="utf-8")
    refused = (await onboard(folder)).output
    assert "nb.toml:1: portal.front.leed: there is no text `portal.front.leed` to override; " in refused
    assert "right: did you mean portal.front.lead?" in refused
    assert "fr.toml: `fr` is none of the languages; right: one of en, nb, nn, se" in refused


async def test_logo_that_is_no_picture_is_told(onboard: Onboard, folder: Path) -> None:
    (folder / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="go()"/>')
    assert "logo.svg: line 1: onload is not for pictures" in (await onboard(folder)).output


async def test_without_a_template_nothing_else_is_told(onboard: Onboard, folder: Path) -> None:
    change(folder / "tenant.toml", 'country = "no"', 'country = "nq"')
    assert len((await onboard(folder)).output.splitlines()) == 2


async def test_logo_may_have_any_name(runtime: Runtime, onboard: Onboard, folder: Path) -> None:
    (folder / "logo.svg").rename(folder / "fjord.svg")
    assert (await onboard(folder)).exit_code == 0
    tenant = await found(runtime, folder)
    assert tenant is not None
    assert tenant.document.brand.logo == "fjord.svg"


async def test_mistakes_of_a_folder_that_is_no_town_are_told(onboard: Onboard, tmp_path: Path) -> None:
    assert "tenant.toml: there is no such file" in (await onboard(tmp_path)).output


async def test_real_municipality_is_left_alone(runtime: Runtime, onboard: Onboard, folder: Path) -> None:
    await onboard(folder)
    tenant = await found(runtime, folder)
    assert tenant is not None
    await runtime.catalogue.apply(msgspec.structs.replace(tenant.document, training=False), author="test")
    refused = await onboard(folder)
    assert refused.exit_code == 1
    assert "is a real municipality" in refused.output


async def test_host_of_another_is_refused_and_nothing_applied(
    runtime: Runtime, onboard: Onboard, folder: Path, tenant: TenantContext
) -> None:
    change(folder / "tenant.toml", "[names]", f'hosts = ["{tenant.slug}.localhost"]\n[names]')
    assert (await onboard(folder)).exit_code == 1
    assert await found(runtime, folder) is None


async def test_town_that_comes_with_the_platform_can_be_onboarded(onboard: Onboard, tmp_path: Path) -> None:
    folder = copytree(TENANTS / "storfjord", tmp_path / "town")
    change(folder / "tenant.toml", '"storfjord"', f'"t{new_id().hex[-12:]}"')
    done = await onboard(folder)
    assert done.exit_code == 0, done.output
    assert "missing     facilities: The service does not answer right now." in done.output
