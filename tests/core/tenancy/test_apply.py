"""Applying tenant documents."""

from pathlib import Path
from shutil import copytree

import msgspec
import pytest
from tests.documents import TENANTS, nordreisa

from opptak.commands.knowing import known_here
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.config import PluginChoice
from opptak.tenancy.context import TenantContext
from opptak.tenancy.folder import FolderInvalid, read_folder, write_folder
from opptak.tenancy.service import HostTaken


async def test_apply_same_document_again_changes_nothing(runtime: Runtime, tenant: TenantContext) -> None:
    applied = await runtime.catalogue.apply(tenant.document, author="test")
    assert (applied.version, applied.changes) == (1, ())


async def test_apply_changed_document_makes_version(runtime: Runtime, tenant: TenantContext) -> None:
    changed = msgspec.structs.replace(tenant.document, name="Ny kommune")
    applied = await runtime.catalogue.apply(changed, author="test")
    assert applied.version == 2
    assert applied.changes == ('$.name: "Nordreisa kommune" → "Ny kommune"',)
    made = await runtime.tenants.by_slug(changed.slug)
    assert made is not None
    assert made.document.name == "Ny kommune"


async def test_apply_taken_host_is_refused(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    greedy = msgspec.structs.replace(other_tenant.document, hosts=(f"{tenant.slug}.localhost",))
    with pytest.raises(HostTaken):
        await runtime.catalogue.apply(greedy, author="test")


async def test_unknown_host_finds_no_tenant(runtime: Runtime) -> None:
    assert await runtime.tenants.at_host("nobody.localhost") is None


async def test_host_finds_its_tenant(runtime: Runtime, tenant: TenantContext) -> None:
    found = await runtime.tenants.at_host(f"{tenant.slug}.localhost")
    assert found is not None
    assert found.id == tenant.id


def test_folder_written_reads_the_same(tmp_path: Path) -> None:
    document = read_folder(TENANTS / "nordreisa")
    write_folder(document, tmp_path)
    assert read_folder(tmp_path) == document


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("tenant.toml", "training = true", "trainign = true", "tenant.toml:11:"),
        ("criteria.toml", "points = 40", "pionts = 40", "criteria.toml:28:"),
        ("fees.toml", "meals_minor = 30000", "meals_minor = -1", "fees.toml:6:"),
        ("tenant.toml", "deadline = 2027-03-01", 'deadline = "tomorrow"', "tenant.toml:39:"),
    ],
)
def test_folder_mistake_is_told_with_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    folder = copytree(TENANTS / "nordreisa", tmp_path / "town")
    path = folder / file
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FolderInvalid) as refused:
        read_folder(folder)
    assert told in str(refused.value)


def test_document_in_tests_differs_by_plugins_only() -> None:
    document = nordreisa()
    assert document.criteria == read_folder(TENANTS / "nordreisa").criteria


async def test_hosts_of_all_documents_are_looked_at_before_any_is_applied(
    runtime: Runtime, tenant: TenantContext, other_tenant: TenantContext
) -> None:
    greedy = msgspec.structs.replace(other_tenant.document, hosts=(f"{tenant.slug}.localhost",))
    with pytest.raises(HostTaken):
        await runtime.catalogue.require_hosts([tenant.document, greedy])
    await runtime.catalogue.require_hosts([tenant.document, other_tenant.document])


def test_text_that_overrides_nothing_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = copytree(TENANTS / "nordreisa", tmp_path / "town")
    (folder / "texts" / "nb.toml").write_text('# own words\n"portal.fornt.lead" = "x"\n', encoding="utf-8")
    with pytest.raises(FolderInvalid, match=r"nb\.toml:2: portal\.fornt\.lead: there is no text"):
        read_folder(folder, known=known_here())


def test_tenants_own_texts_exist() -> None:
    assert read_folder(TENANTS / "nordreisa", known=known_here()).texts


def test_file_that_is_no_part_of_a_tenant_is_refused(tmp_path: Path) -> None:
    folder = copytree(TENANTS / "nordreisa", tmp_path / "town")
    (folder / "criterias.toml").touch()
    with pytest.raises(FolderInvalid, match=r"criterias\.toml: not a part of a tenant"):
        read_folder(folder)


async def test_plugins_are_asked_in_the_order_they_are_listed(
    runtime: Runtime, tenant: TenantContext
) -> None:
    order = ["registry_of_long_name", "x", "fake"]
    listed = msgspec.structs.replace(tenant.document, plugins=dict.fromkeys(order, PluginChoice()))
    await runtime.catalogue.apply(listed, author="test")
    stored = await runtime.catalogue.document(tenant.slug)
    assert stored is not None
    assert list(stored.plugins) == order


def test_all_mistakes_of_a_folder_are_told(tmp_path: Path) -> None:
    folder = copytree(TENANTS / "kafjord", tmp_path / "town")
    for file, old, new in (
        ("tenant.toml", 'languages = ["nb", "se"', 'languages = ["nb", "en"'),
        ("tenant.toml", "max_wishes = 3", "max_wishes = 30"),
        ("criteria.toml", "tier = 1", ""),
        ("fees.toml", "payments_a_year", "payment_a_year"),
        ("texts/se.toml", "portal.front.lead", "portal.front.led"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FolderInvalid) as refused:
        read_folder(folder, known=known_here())
    assert [line.removeprefix(f"{folder}/") for line in refused.value.lines] == [
        "criteria.toml:8: criteria[0].rules[0].tier: is missing; right: a whole number",
        "fees.toml:7: tables[0].payment_a_year: there is no such key; right: did you mean payments_a_year?",
        "tenant.toml:11: languages: equal languages don't follow the first; right: nb, se first",
        "tenant.toml:44: rounds[0].max_wishes: `30` can't be used; right: a whole number from 1 to 20",
        "texts/se.toml: `se` is none of the languages; right: one of en, en, nb, nn",
        (
            "texts/se.toml:1: portal.front.led: there is no text `portal.front.led` to override; "
            "right: did you mean portal.front.lead?"
        ),
    ]


def test_tenants_addresses_are_the_ones_that_are_served() -> None:
    assert Settings().url_template == "http://{host}:8400"
    assert Settings(base_domain="opptak.example").url_template == "https://{host}"
    assert Settings(base_domain="opptak.example", secure_cookies=False).url_template == "http://{host}:8400"
