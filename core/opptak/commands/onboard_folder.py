"""Reading a folder made by hand for `opptak onboard`: what is missing comes from the country's template."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from opptak.builtin import facilities
from opptak.commands.knowing import countries
from opptak.kit import mistakes
from opptak.kit.mistakes import Mistake, nearest
from opptak.tenancy.config import PluginChoice, TenantDocument
from opptak.tenancy.folder import FolderInvalid, read_folder
from opptak.tenancy.soundness import Known
from opptak.tenancy.whereabouts import told

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
            lines += _reserves_in_vain(folder / "criteria.toml", document, rows)
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
    known = countries(templates)
    if country is None or not isinstance(country, str) or country in known:
        return templates / country if isinstance(country, str) else None
    missing = Mistake(("country",), f"there is no template for `{country}`", nearest(country, known))
    raise FolderInvalid([told(file, missing)])


def _of_sheet(sheet: Path, mistake: Mistake) -> str:
    line, *column = mistake.path
    right = f"; right: {mistake.right}" if mistake.right else ""
    return ": ".join([f"{sheet}:{line}", *map(str, column), mistake.told]) + right


def _reserves_in_vain(
    file: Path, document: TenantDocument, rows: Sequence[facilities.FacilityRow]
) -> Iterator[str]:
    """Yield reserves and statutes for houses that the sheet doesn't list, and reserves that outgrow one."""
    houses = {row.register_id: row for row in rows}
    for version, criteria in enumerate(document.criteria):
        kept: Counter[str] = Counter()
        for position, reserve in enumerate(criteria.reserves):
            at = ("criteria", version, "reserves", position)
            kept[reserve.facility] += reserve.seats
            if reserve.facility not in houses:
                yield told(file, _no_house((*at, "facility"), reserve.facility, sorted(houses)))
            elif (seats := _seats(houses[reserve.facility])) is not None and kept[reserve.facility] > seats:
                more = f"{kept[reserve.facility]} places are reserved at a house that has {seats}"
                yield told(file, Mistake((*at, "seats"), more, f"{seats} at most together"))
        for position, statute in enumerate(criteria.statutes):
            for strange in set(statute.facilities) - houses.keys():
                at = ("criteria", version, "statutes", position)
                yield told(file, _no_house((*at, "facilities"), strange, sorted(houses)))


def _no_house(path: mistakes.Path, wrong: str, known: list[str]) -> Mistake:
    return Mistake(path, f"{facilities.FILE} has no `{wrong}`", nearest(wrong, known))


def _seats(row: facilities.FacilityRow) -> int | None:
    """Return the places a row gives; None where they are proposed from the floor area."""
    given = (row.seats_small, row.seats_large)
    return None if None in given else sum(seats or 0 for seats in given)


def _with_own_register(document: TenantDocument) -> TenantDocument:
    """Return the document with the register kept by hand before all others."""
    others = {name: choice for name, choice in document.plugins.items() if name != facilities.PLUGIN}
    return msgspec.structs.replace(document, plugins={facilities.PLUGIN: PluginChoice(), **others})
