"""All SQL about placements and hand-overs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update

from opptak.kit.bulk import upsert
from opptak.kit.db import TenantSession
from opptak.placements.models import ExportRun, Placement

__all__ = ("PlacementRepository",)

IMPORTED = (
    "child_id",
    "unit_id",
    "facility_id",
    "starts_on",
    "ends_on",
    "days_per_week",
    "hours_per_week",
)
"""Columns that a fresh import replaces."""


class PlacementRepository:
    """Placements of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def on(
        self,
        day: date,
        *,
        children: Collection[UUID] | None = None,
        houses: Collection[UUID] | None = None,
    ) -> Sequence[Placement]:
        """Return the placements that run on a day: all, those of some children, or those in some houses."""
        found = select(Placement).where(_running(day)).order_by(Placement.child_id, Placement.starts_on)
        if children is not None:
            found = found.where(Placement.child_id.in_(children))
        if houses is not None:
            found = found.where(Placement.facility_id.in_(houses))
        return (await self._session.scalars(found.execution_options(populate_existing=True))).all()

    async def page(
        self, day: date, *, houses: Collection[UUID] | None, number: int, size: int
    ) -> tuple[Sequence[Placement], int]:
        """Return a page of the placements that run on a day or are to come, and how many there are.

        `houses` limits them to some facilities.
        """
        found = select(Placement, func.count().over()).where(_not_over(day))
        if houses is not None:
            found = found.where(Placement.facility_id.in_(houses))
        ordered = found.order_by(Placement.facility_id, Placement.unit_id, Placement.starts_on, Placement.id)
        rows = (await self._session.execute(ordered.offset((number - 1) * size).limit(size))).all()
        return [row[0] for row in rows], rows[0][1] if rows else 0

    async def children_in(self, houses: Collection[UUID], *, day: date) -> dict[UUID, int]:
        """Return how many children have a place in facilities on a day or later; empty ones are left out."""
        found = (
            select(Placement.facility_id, func.count(Placement.child_id.distinct()))
            .where(Placement.facility_id.in_(houses), _not_over(day))
            .group_by(Placement.facility_id)
            .order_by(Placement.facility_id)
        )
        return dict((await self._session.execute(found)).all())

    async def lock_child(self, child_id: UUID) -> None:
        """Let nobody else place the child until the transaction ends."""
        # The low bits of a UUIDv7 are random; two children with the same key only wait for each other.
        key = child_id.int & ((1 << 63) - 1)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def overlapping(self, child_id: UUID, *, first: date, last: date | None) -> Sequence[Placement]:
        """Return the child's placements that share a day with a period."""
        found = select(Placement).where(
            Placement.child_id == child_id,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= first),
            or_(Placement.ends_on.is_(None), Placement.ends_on >= Placement.starts_on),
        )
        if last is not None:
            found = found.where(Placement.starts_on <= last)
        return (await self._session.scalars(found.with_for_update())).all()

    async def of_offers(self, offer_ids: Collection[UUID]) -> Sequence[Placement]:
        """Return the placements that came from offers."""
        found = select(Placement).where(Placement.offer_id.in_(offer_ids))
        return (await self._session.scalars(found)).all()

    async def lock(self, placement_id: UUID) -> Placement | None:
        """Return a placement, locked until the transaction ends."""
        placement: Placement | None = await self._session.scalar(
            select(Placement).where(Placement.id == placement_id).with_for_update()
        )
        return placement

    async def add(self, row: Placement | ExportRun) -> None:
        """Add a row."""
        self._session.add(row)
        await self._session.flush()

    async def ours(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of the ids that are placements made here."""
        found = select(Placement.id).where(Placement.id.in_(ids), Placement.external_id.is_(None))
        return set((await self._session.scalars(found)).all())

    async def save_imported(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or refresh imported placements."""
        await upsert(self._session, Placement, rows, key=("external_id",), update=IMPORTED)

    async def end_others(self, external_ids: Collection[str], *, last_day: date) -> int:
        """End the imported placements that are not among these; return how many."""
        ended = await self._session.scalars(
            update(Placement)
            .where(
                Placement.external_id.is_not(None),
                Placement.external_id.not_in(external_ids),
                or_(Placement.ends_on.is_(None), Placement.ends_on > last_day),
            )
            .values(ends_on=last_day)
            .returning(Placement.id)
        )
        return len(ended.all())

    async def to_export(self, today: date) -> Sequence[Placement]:
        """Return the placements made here that run or are to come."""
        found = (
            select(Placement)
            .where(
                Placement.offer_id.is_not(None),
                _not_over(today),
            )
            .order_by(Placement.id)
        )
        return (await self._session.scalars(found)).all()

    async def export_run(self, run_id: UUID, *, lock: bool = False) -> ExportRun | None:
        """Return a hand-over, locked until the transaction ends if asked."""
        found = select(ExportRun).where(ExportRun.id == run_id)
        run: ExportRun | None = await self._session.scalar(found.with_for_update() if lock else found)
        return run

    async def export_runs(self, *, limit: int) -> Sequence[ExportRun]:
        """Return the last hand-overs, newest first."""
        found = select(ExportRun).order_by(ExportRun.id.desc()).limit(limit)
        return (await self._session.scalars(found)).all()


def _not_over(day: date) -> ColumnElement[bool]:
    return or_(
        Placement.ends_on.is_(None),
        (Placement.ends_on >= day) & (Placement.ends_on >= Placement.starts_on),
    )


def _running(day: date) -> ColumnElement[bool]:
    return (Placement.starts_on <= day) & or_(Placement.ends_on.is_(None), Placement.ends_on >= day)
