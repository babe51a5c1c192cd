"""Placements in the neutral format, version 1: to and from an administration system, or as files.

With an address the system is asked at `<address>/<municipality>/placements`; without one, exports are kept in
the plugin's store as `export/<key>.json` and `.csv`, and the places held today are read from `current.json`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from opptak import hookimpl
from opptak.hooks.calls import Service, probe
from opptak.hooks.context import PluginContext, TrainingGround
from opptak.hooks.errors import Configuration, Permanent, Unsupported
from opptak.hooks.plugin import PluginInfo, secret
from opptak.hooks.providers import AdministrationSystem
from opptak.hooks.types import Acknowledgement, Area, CheckReport, PlacementRecord

__all__ = ("AdministrationSettings", "NeutralFiles", "NeutralService", "Placements", "Row")

CURRENT = "current.json"


class AdministrationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the plugin; without `url` files are written."""

    url: Annotated[str, Meta(description="administration.setting.url")] = ""
    key: Annotated[str, secret("administration.setting.key")] = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One placement; `days` is their number, or which they are (1 is Monday); `until` is the last day."""

    id: str
    facility: str = msgspec.field(name="kindergarten_orgnr")
    department: str = ""
    child: str = msgspec.field(name="child_pid")
    hours_week: float
    days: tuple[int, ...] | int
    since: date = msgspec.field(name="from")
    until: date | None = msgspec.field(default=None, name="to")
    decision_ref: str = ""


class Placements(msgspec.Struct, frozen=True, kw_only=True):
    """The document of the format."""

    version: int = 1
    placements: tuple[Row, ...]


class NeutralService(AdministrationSystem):
    """An administration system that speaks the neutral format."""

    name = "neutral"
    capabilities = frozenset({"current", "export"})

    def __init__(self, context: PluginContext) -> None:
        settings: AdministrationSettings = context.settings
        self._area = context.area
        self._service = Service(
            context.http, settings.url, headers={"Authorization": f"Bearer {settings.key}"}
        )

    async def check(self) -> CheckReport:
        """Ask for the places held today."""
        return await probe(self.current_placements(self._area))

    async def export(self, placements: Sequence[PlacementRecord], *, key: str) -> Acknowledgement:
        """Hand the placements over; the system recognises the key."""
        answer = await self._service.post(
            f"/{self._area.municipalities[0]}/placements",
            _Receipt,
            json=_document(placements),
            headers={"Idempotency-Key": key},
        )
        return Acknowledgement(reference=answer.id, accepted=answer.received)

    async def current_placements(self, area: Area) -> list[PlacementRecord]:
        """Return the places held in all municipalities of the area."""
        rows: list[Row] = []
        for municipality in area.municipalities:
            rows += (await self._service.get(f"/{municipality}/placements", Placements)).placements
        return [_record(row) for row in rows]


class NeutralFiles(AdministrationSystem):
    """Files for a system that reads them."""

    name = "neutral"
    capabilities = frozenset({"current", "export", "file"})

    def __init__(self, context: PluginContext) -> None:
        self._store = context.store

    async def export(self, placements: Sequence[PlacementRecord], *, key: str) -> Acknowledgement:
        """Write the files; raises Permanent when the key was used for other placements."""
        document = _document(placements)
        content, name = msgspec.json.encode(document), f"export/{key}"
        written = await self._store.get(f"{name}.json")
        if written is not None and written != content:
            raise Permanent("key_reused")
        if written is None:
            await self._store.put(f"{name}.csv", _table(document.placements).encode())
            await self._store.put(f"{name}.json", content)
        return Acknowledgement(reference=key, accepted=len(document.placements))

    async def current_placements(self, area: Area) -> list[PlacementRecord]:
        """Return the places in the file; raises Unsupported without one, Configuration for a broken one."""
        content = await self._store.get(CURRENT)
        if content is None:
            raise Unsupported
        try:
            read = msgspec.json.decode(content, type=Placements)
        except msgspec.DecodeError:
            raise Configuration("unreadable", hint="administration.hint.unreadable") from None
        return [_record(row) for row in read.placements]


class _Receipt(msgspec.Struct):
    id: str
    received: int


def _document(placements: Iterable[PlacementRecord]) -> Placements:
    return Placements(placements=tuple(_row(placement) for placement in placements))


def _row(placement: PlacementRecord) -> Row:
    return Row(
        id=placement.placement_id,
        facility=placement.facility_id,
        department=placement.unit,
        child=placement.child_number,
        hours_week=placement.hours_per_week,
        days=placement.days_per_week,
        since=placement.starts_on,
        until=placement.ends_on,
        decision_ref=placement.decision_reference,
    )


def _record(row: Row) -> PlacementRecord:
    return PlacementRecord(
        placement_id=row.id,
        facility_id=row.facility,
        unit=row.department,
        child_number=row.child,
        days_per_week=row.days if isinstance(row.days, int) else len(set(row.days)),
        hours_per_week=row.hours_week,
        starts_on=row.since,
        ends_on=row.until,
        decision_reference=row.decision_ref,
    )


def _table(rows: Iterable[Row]) -> str:
    """Return the same rows as a table with semicolons."""
    text = io.StringIO()
    names = [field.encode_name for field in msgspec.structs.fields(Row)]
    writer = csv.DictWriter(text, names, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        cells: dict[str, Any] = msgspec.to_builtins(row)
        writer.writerow(cells)
    return text.getvalue()


def _training(ground: TrainingGround) -> AdministrationSettings:
    """Settings for the simulated system; files for a municipality that has no key there."""
    if "administration_key" not in ground.credentials:
        return AdministrationSettings()
    return AdministrationSettings(
        url=f"{ground.base_url.rstrip('/')}/administration/api/v1",
        key=ground.credentials["administration_key"],
    )


@hookimpl
def opptak_plugin() -> PluginInfo:
    """Declare the plugin."""
    return PluginInfo(
        name="administration",
        title="administration.title",
        requires=">=1.0,<2",
        version="1.0",
        provides=frozenset({"administration"}),
        settings=AdministrationSettings,
        training=_training,
        package="opptak",
    )


@hookimpl
def opptak_administration(context: PluginContext) -> AdministrationSystem:
    """The neutral format, over the network or in files."""
    return NeutralService(context) if context.settings.url else NeutralFiles(context)
