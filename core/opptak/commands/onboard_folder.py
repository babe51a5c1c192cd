"""Reading a folder made by hand for `opptak onboard`: what is missing comes from the country's template."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from opptak.builtin import facilities
from opptak.kit.mistakes import Mistake, nearest
from opptak.tenancy.config import PluginChoice, TenantDocument
from opptak.tenancy.folder import FolderInvalid, read_folder
from opptak.tenancy.soundness import Known
from opptak.tenancy.whereabouts import line_of

__all__ = ("Plan", "read_plan")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder asks for, read and found free of mistakes."""

    document: TenantDocument
    facilities: bytes | None
    """The municipality's own register of facilities; None leaves it to the country's."""


def read_plan(folder: Path, *, templates: Path, known: Known) -> Plan:
    """Read a folder; raises FolderInvalid with all its mistakes.

    Without a template for its country that is the only one: what else is missing would have come from there.
    """
    lines: list[str] = []
    document: TenantDocument | None = None
    template = _template(folder / "tenant.toml", templates)
    try:
        document = read_folder(folder, known=known, template=template, beside=(facilities.FILE,))
    except FolderInvalid as error:
        lines += error.lines
    sheet = folder / facilities.FILE
    content = sheet.read_bytes() if sheet.is_file() else None
    if content is not None:
        rows, mistakes = facilities.read_facilities(content)
        lines += [_of_sheet(sheet, mistake) for mistake in mistakes]
        if document and not mistakes:
            houses = {row.register_id for row in rows}
            lines += _reserves_elsewhere(folder / "criteria.toml", document, houses)
    if document and not document.training:
        lines.append(
            f"{folder / 'tenant.toml'}: training: `false` can't be used; right: true here, "
            "and `opptak tenant apply` for a real municipality"
        )
    if lines or document is None:
        raise FolderInvalid(lines)
    return Plan(document=_with_own_register(document) if content else document, facilities=content)


def _template(file: Path, templates: Path) -> Path | None:
    """Return the template of the country the file names; raises FolderInvalid where there is none of it."""
    try:
        raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    country = raw.get("country")
    known = sorted(path.name for path in templates.glob("*") if path.is_dir())
    if country is None or not isinstance(country, str) or country in known:
        return templates / country if isinstance(country, str) else None
    told = f"{file}:{line_of(file, ('country',)) or 1}: country: there is no template for `{country}`"
    raise FolderInvalid([f"{told}; right: {nearest(country, known)}"])


def _of_sheet(sheet: Path, mistake: Mistake) -> str:
    line, *column = mistake.path
    right = f"; right: {mistake.right}" if mistake.right else ""
    return ": ".join([f"{sheet}:{line}", *map(str, column), mistake.told]) + right


def _reserves_elsewhere(file: Path, document: TenantDocument, houses: set[str]) -> list[str]:
    """Return the reserves for houses that the sheet doesn't list."""
    return [
        f"{file}:{line_of(file, ('criteria', version, 'reserves', position, 'facility')) or 1}: "
        f"criteria[{version}].reserves[{position}].facility: {facilities.FILE} has no `{reserve.facility}`; "
        f"right: {nearest(reserve.facility, sorted(houses))}"
        for version, criteria in enumerate(document.criteria)
        for position, reserve in enumerate(criteria.reserves)
        if reserve.facility not in houses
    ]


def _with_own_register(document: TenantDocument) -> TenantDocument:
    """Return the document with the register kept by hand before all others."""
    others = {name: choice for name, choice in document.plugins.items() if name != facilities.PLUGIN}
    return msgspec.structs.replace(document, plugins={facilities.PLUGIN: PluginChoice(), **others})
