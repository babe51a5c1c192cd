"""Applying tenant documents."""

from pathlib import Path
from shutil import copytree

import msgspec
import pytest
from tests.documents import TENANTS, nordreisa

from opptak.kit.i18n import Catalogues
from opptak.runtime import Runtime
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
        ("criteria.toml", "points = 40", "pionts = 40", "criteria.toml:27:"),
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
    with pytest.raises(FolderInvalid, match=r"nb\.toml:2: there is no text `portal\.fornt\.lead`"):
        read_folder(folder, knows=Catalogues.load().knows)


def test_tenants_own_texts_exist() -> None:
    assert read_folder(TENANTS / "nordreisa", knows=Catalogues.load().knows).texts


def test_file_that_is_no_part_of_a_tenant_is_refused(tmp_path: Path) -> None:
    folder = copytree(TENANTS / "nordreisa", tmp_path / "town")
    (folder / "criterias.toml").touch()
    with pytest.raises(FolderInvalid, match=r"criterias\.toml: not a part of a tenant"):
        read_folder(folder)
