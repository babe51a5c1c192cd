"""All SQL about offers and waiting lists."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, insert, select, true, update

from opptak.facilities.week import NO_DAY, Week, attendance, plus
from opptak.kit.bulk import upsert
from opptak.kit.db import TenantSession
from opptak.offers.models import Offer, WaitingEntry
from opptak.offers.schemas import EntryState, InLine, OfferFilter, OfferStatus
from opptak.offers.states import ACCEPTED, OPEN

__all__ = ("OfferRepository", "Shown")

Shown = tuple[Offer, bool]
"""An offer, and whether the child is also in line for a place that was wished for more."""


class OfferRepository:
    """Offers and waiting lists of one tenant. `visible` is what the policy lets the subject see."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Offer]:
        """Store offers."""
        if not rows:
            return []
        added = await self._session.scalars(
            insert(Offer).returning(Offer), list(rows), execution_options={"render_nulls": True}
        )
        return added.all()

    async def lock(self, offer_id: UUID, *, visible: ColumnElement[bool]) -> Offer | None:
        """Lock an offer for the rest of the transaction."""
        found: Offer | None = await self._session.scalar(
            select(Offer)
            .where(Offer.id == offer_id, visible)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def get(self, offer_id: UUID) -> Offer | None:
        """Return an offer, whoever asks: for work that has checked that before."""
        return await self._session.scalar(select(Offer).where(Offer.id == offer_id))

    async def lock_of(
        self, applications: Collection[UUID], *, statuses: Collection[OfferStatus]
    ) -> Sequence[Offer]:
        """Lock the offers of applications that are in one of the statuses, always in the same order."""
        return (
            await self._session.scalars(
                select(Offer)
                .where(Offer.application_id.in_(applications), Offer.status.in_(statuses))
                .order_by(Offer.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).all()

    async def of_applications(self, applications: Collection[UUID]) -> Sequence[Offer]:
        """Return all offers of applications, the oldest first."""
        found = select(Offer).where(Offer.application_id.in_(applications)).order_by(Offer.id)
        return (await self._session.scalars(found)).all()

    async def of_run(self, run_id: UUID, applications: Collection[UUID]) -> Sequence[Offer]:
        """Return the offers a run itself gave applications, apart from those withdrawn since."""
        found = select(Offer).where(
            Offer.run_id == run_id,
            Offer.cascade_of.is_(None),
            Offer.application_id.in_(applications),
            Offer.status != OfferStatus.WITHDRAWN,
        )
        return (await self._session.scalars(found)).all()

    async def show(self, applications: Collection[UUID], *, visible: ColumnElement[bool]) -> Sequence[Shown]:
        """Return the offers of applications, the newest first."""
        rows = await self._session.execute(
            select(Offer, _in_line())
            .where(Offer.application_id.in_(applications), visible)
            .order_by(Offer.id.desc())
        )
        return rows.all()

    async def with_status(self, status: OfferStatus, *, visible: ColumnElement[bool]) -> Sequence[Shown]:
        """Return the offers with a status, those to be answered first on top."""
        rows = await self._session.execute(
            select(Offer, _in_line())
            .where(Offer.status == status, visible)
            .order_by(Offer.answer_by, Offer.id)
        )
        return rows.all()

    async def search(
        self, wanted: OfferFilter, *, visible: ColumnElement[bool]
    ) -> tuple[Sequence[Shown], int]:
        """Return a page of offers, those to be answered first on top, and how many there are."""
        rows = (
            await self._session.execute(
                select(Offer, _in_line(), func.count().over())
                .where(visible, *_conditions(wanted))
                .order_by(Offer.answer_by, Offer.id)
                .offset((wanted.page - 1) * wanted.size)
                .limit(wanted.size)
            )
        ).all()
        return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0

    async def lock_overdue(self, today: date) -> Sequence[Offer]:
        """Lock the unanswered offers whose last day has passed; one being answered just now is skipped."""
        return await self._lock_sent(Offer.answer_by < today)

    async def lock_unanswered(self, today: date) -> Sequence[Offer]:
        """Lock the unanswered offers whose last day is still to come."""
        return await self._lock_sent(Offer.answer_by >= today)

    async def open_by_unit(self) -> dict[UUID, Week]:
        """Return the places that are kept for somebody who has not answered, by unit."""
        rows = await self._session.execute(
            select(Offer.unit_id, Offer.weekdays, func.count())
            .where(Offer.status.in_(OPEN))
            .group_by(Offer.unit_id, Offer.weekdays)
        )
        kept: dict[UUID, Week] = {}
        for unit, weekdays, offers in rows:
            kept[unit] = plus([kept.get(unit, NO_DAY), *[attendance(weekdays)] * offers])
        return kept

    async def seated(self, unit_id: UUID, round_id: UUID) -> Sequence[UUID]:
        """Return the applications of a round that hold a place in a unit, offered or accepted."""
        found = select(Offer.application_id).where(
            Offer.unit_id == unit_id,
            Offer.round_id == round_id,
            Offer.status.in_(OPEN | ACCEPTED),
        )
        return (await self._session.scalars(found)).all()

    async def figures(
        self, round_id: UUID, *, visible: ColumnElement[bool]
    ) -> Sequence[tuple[str, int | None, bool, int]]:
        """Count the offers of a round by status, rank of the wish, and whether it was offered before."""
        again = Offer.cascade_of.is_not(None)
        rows = await self._session.execute(
            select(Offer.status, Offer.wish_rank, again, func.count())
            .where(Offer.round_id == round_id, visible)
            .group_by(Offer.status, Offer.wish_rank, again)
        )
        return rows.all()

    async def replace_lines(self, round_id: UUID, units: Collection[UUID], lines: Sequence[InLine]) -> None:
        """Store the waiting lists of units in place of those they had."""
        await self._session.execute(
            update(WaitingEntry)
            .where(WaitingEntry.unit_id.in_(units), WaitingEntry.state == EntryState.WAITING)
            .values(state=EntryState.WITHDRAWN)
            .execution_options(synchronize_session=False)
        )
        await upsert(
            self._session,
            WaitingEntry,
            [
                {
                    "round_id": round_id,
                    "application_id": line.application_id,
                    "child_id": line.child_id,
                    "unit_id": line.unit_id,
                    "facility_id": line.facility_id,
                    "position": line.position,
                    "state": EntryState.WAITING,
                }
                for line in lines
            ],
            key=("application_id", "unit_id"),
            update=("position", "state"),
        )

    async def lock_line(self, unit_id: UUID, round_id: UUID) -> Sequence[WaitingEntry]:
        """Lock those who wait for a place in a unit, first in line first."""
        return (
            await self._session.scalars(
                select(WaitingEntry)
                .where(
                    WaitingEntry.unit_id == unit_id,
                    WaitingEntry.round_id == round_id,
                    WaitingEntry.state == EntryState.WAITING,
                )
                .order_by(WaitingEntry.position, WaitingEntry.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).all()

    async def lock_waiting(self) -> Sequence[WaitingEntry]:
        """Lock all who wait anywhere; a line that is being served just now is skipped."""
        return (
            await self._session.scalars(
                select(WaitingEntry)
                .where(WaitingEntry.state == EntryState.WAITING)
                .order_by(WaitingEntry.id)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            )
        ).all()

    async def lines_of(self, applications: Collection[UUID]) -> Sequence[WaitingEntry]:
        """Return where applications wait or have been offered a place out of line."""
        found = select(WaitingEntry).where(
            WaitingEntry.application_id.in_(applications),
            WaitingEntry.state.in_((EntryState.WAITING, EntryState.OFFERED)),
        )
        return (await self._session.scalars(found)).all()

    async def positions(
        self, applications: Collection[UUID], *, visible: ColumnElement[bool]
    ) -> Sequence[tuple[WaitingEntry, int]]:
        """Return where applications wait, with their position among those who wait now."""
        place = (
            select(
                WaitingEntry.id,
                func.row_number()
                .over(partition_by=WaitingEntry.unit_id, order_by=(WaitingEntry.position, WaitingEntry.id))
                .label("place"),
            )
            .where(WaitingEntry.state == EntryState.WAITING)
            .subquery()
        )
        rows = await self._session.execute(
            select(WaitingEntry, place.c.place)
            .join(place, place.c.id == WaitingEntry.id)
            .where(WaitingEntry.application_id.in_(applications), visible)
            .order_by(place.c.place, WaitingEntry.id)
        )
        return rows.all()

    async def queues(self, round_id: UUID, *, visible: ColumnElement[bool]) -> Sequence[WaitingEntry]:
        """Return those who wait in a round, unit by unit, first in line first."""
        found = (
            select(WaitingEntry)
            .where(WaitingEntry.round_id == round_id, WaitingEntry.state == EntryState.WAITING, visible)
            .order_by(WaitingEntry.facility_id, WaitingEntry.unit_id, WaitingEntry.position, WaitingEntry.id)
        )
        return (await self._session.scalars(found)).all()

    async def answers_due(
        self, round_id: UUID, *, today: date, until: date, visible: ColumnElement[bool]
    ) -> tuple[int, int, date | None]:
        """Return how many unanswered offers are overdue, how many are due by a day, and the first day due."""
        to_come = Offer.answer_by >= today
        row = (
            await self._session.execute(
                select(
                    func.count().filter(Offer.answer_by < today),
                    func.count().filter(to_come, Offer.answer_by <= until),
                    func.min(Offer.answer_by).filter(to_come),
                ).where(Offer.round_id == round_id, Offer.status == OfferStatus.SENT, visible)
            )
        ).one()
        return row[0], row[1], row[2]

    async def number_in_line(self, round_id: UUID, *, visible: ColumnElement[bool]) -> int:
        """Count the applications of a round that wait somewhere."""
        return (
            await self._session.execute(
                select(func.count(WaitingEntry.application_id.distinct())).where(
                    WaitingEntry.round_id == round_id,
                    WaitingEntry.state == EntryState.WAITING,
                    visible,
                )
            )
        ).scalar_one()

    async def _lock_sent(self, condition: ColumnElement[bool]) -> Sequence[Offer]:
        return (
            await self._session.scalars(
                select(Offer)
                .where(Offer.status == OfferStatus.SENT, condition)
                .order_by(Offer.id)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            )
        ).all()


def _in_line() -> ColumnElement[bool]:
    return exists().where(
        WaitingEntry.tenant_id == Offer.tenant_id,
        WaitingEntry.application_id == Offer.application_id,
        WaitingEntry.state == EntryState.WAITING,
    )


def _conditions(wanted: OfferFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.round_id is not None:
        conditions.append(Offer.round_id == wanted.round_id)
    if wanted.statuses:
        conditions.append(Offer.status.in_(wanted.statuses))
    if wanted.unit_id is not None:
        conditions.append(Offer.unit_id == wanted.unit_id)
    if wanted.overdue_on is not None:
        conditions.append((Offer.status == OfferStatus.SENT) & (Offer.answer_by < wanted.overdue_on))
    return conditions
