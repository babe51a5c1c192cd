"""All SQL about rounds, applications, wishes and claims."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from opptak.admission.models import Application, Claim, Round, Wish
from opptak.admission.repository_parts import (
    has_open_claim,
    has_unmet_right,
    number_of_open_claims,
    of_application,
    unheard,
)
from opptak.admission.schemas import (
    Answer,
    ApplicationCounts,
    ApplicationStatus,
    ClaimSource,
    ClaimView,
    RoundState,
)
from opptak.kit.db import TenantSession

__all__ = ("ApplicationRepository", "RoundRepository", "StoredWish", "Whole", "Wishing")


_WHOLE_ROWS = {"render_nulls": True}
"""Rows with and without a value in some column go in one statement."""


class StoredWish(msgspec.Struct, frozen=True, kw_only=True):
    """A wish as it is stored."""

    facility_id: UUID
    rank: int
    distance_m: int | None


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An application with all that belongs to it."""

    row: Application
    intake: str
    wishes: tuple[StoredWish, ...]
    claims: tuple[ClaimView, ...]


class Wishing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wishes for a house, and at which rank."""

    row: Application
    rank: int
    open_claims: int


class RoundRepository:
    """Rounds of one tenant."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def add(self, intake: str, *, lottery_secret: str) -> None:
        """Store a round; one that exists stays as it is."""
        await self._session.execute(
            upsert(Round)
            .values(intake=intake, state=RoundState.OPEN, lottery_secret=lottery_secret)
            .on_conflict_do_nothing(index_elements=["tenant_id", "intake"])
        )

    async def by_intake(self, intake: str) -> Round:
        """Return a round that was stored."""
        return (await self._session.scalars(select(Round).where(Round.intake == intake))).one()

    async def get(self, round_id: UUID, *, lock: bool = False) -> Round | None:
        """Return a round, locked for the rest of the transaction if asked."""
        statement = select(Round).where(Round.id == round_id).execution_options(populate_existing=lock)
        found: Round | None = await self._session.scalar(statement.with_for_update() if lock else statement)
        return found

    async def all(self) -> Sequence[Round]:
        """Return all rounds, the newest first."""
        return (await self._session.scalars(select(Round).order_by(Round.intake.desc()))).all()

    async def lock_open(self) -> Sequence[Round]:
        """Lock and return the open rounds."""
        return (
            await self._session.scalars(
                select(Round).where(Round.state == RoundState.OPEN).order_by(Round.id).with_for_update()
            )
        ).all()

    async def draw_cases(self, round_id: UUID, *, number: int) -> int:
        """Reserve that many case numbers; return the one before the first of them."""
        last: int = (
            await self._session.execute(
                update(Round)
                .where(Round.id == round_id)
                .values(last_case=Round.last_case + number)
                .returning(Round.last_case)
                .execution_options(synchronize_session=False)
            )
        ).scalar_one()
        return last - number


class ApplicationRepository:
    """Applications of one tenant. `visible` is what the policy lets the subject see."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    async def of_children(self, round_id: UUID, children: Collection[UUID]) -> dict[UUID, UUID]:
        """Return the applications in a round, by child."""
        rows = await self._session.execute(
            select(Application.child_id, Application.id).where(
                Application.round_id == round_id, Application.child_id.in_(children)
            )
        )
        return dict(rows.all())

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, UUID]:
        """Store applications; return those that are new, by child: one a child and round."""
        if not rows:
            return {}
        added = await self._session.execute(
            upsert(Application)
            .on_conflict_do_nothing(index_elements=["tenant_id", "round_id", "child_id"])
            .returning(Application.child_id, Application.id),
            list(rows),
        )
        return dict(added.all())

    async def add_wishes(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store wishes."""
        if rows:
            await self._session.execute(insert(Wish), list(rows), execution_options=_WHOLE_ROWS)

    async def replace_wishes(self, application_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store the wishes of an application in place of those it had."""
        await self._session.execute(delete(Wish).where(Wish.application_id == application_id))
        await self.add_wishes(rows)

    async def add_claims(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store claims."""
        if rows:
            await self._session.execute(insert(Claim), list(rows), execution_options=_WHOLE_ROWS)

    async def replace_register_claims(
        self, applications: Collection[UUID], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Store what the register says now in place of what it said."""
        await self._session.execute(
            delete(Claim).where(Claim.application_id.in_(applications), Claim.source == ClaimSource.REGISTER)
        )
        await self.add_claims(rows)

    async def remove_claim(self, claim_id: UUID) -> None:
        """Remove a claim that its author takes back."""
        await self._session.execute(delete(Claim).where(Claim.id == claim_id))

    async def id_of(self, case_number: str) -> UUID | None:
        """Return the application with a case number."""
        found = select(Application.id).where(Application.case_number == case_number)
        return await self._session.scalar(found)

    async def get(self, application_id: UUID, *, visible: ColumnElement[bool]) -> Whole | None:
        """Return an application."""
        found = await self._wholes(Application.id == application_id, visible)
        return found[0] if found else None

    async def lock(self, application_id: UUID, *, visible: ColumnElement[bool]) -> Application | None:
        """Lock an application for the rest of the transaction."""
        found: Application | None = await self._session.scalar(
            select(Application)
            .where(Application.id == application_id, visible)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found

    async def lock_all(self, applications: Collection[UUID]) -> Sequence[Application]:
        """Lock applications for the rest of the transaction, always in the same order."""
        return (
            await self._session.scalars(
                select(Application)
                .where(Application.id.in_(applications))
                .order_by(Application.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        ).all()

    async def of(self, children: Collection[UUID]) -> list[Whole]:
        """Return the applications of children, the newest first."""
        return await self._wholes(Application.child_id.in_(children))

    async def of_ids(self, applications: Collection[UUID]) -> list[Whole]:
        """Return applications by id, whoever asks: for work that has checked that before."""
        return await self._wholes(Application.id.in_(applications))

    async def rows(
        self, applications: Collection[UUID], *, visible: ColumnElement[bool]
    ) -> Sequence[Application]:
        """Return applications by id without their wishes and claims."""
        found = select(Application).where(Application.id.in_(applications), visible)
        return (await self._session.scalars(found)).all()

    async def wishing(
        self, facility_id: UUID, round_id: UUID, *, visible: ColumnElement[bool], page: int, size: int
    ) -> tuple[Sequence[Wishing], int]:
        """Return a page of those who have applied for a house, first wishes first, and how many there are."""
        wish = aliased(Wish)
        rows = (
            await self._session.execute(
                select(Application, wish.rank, number_of_open_claims(), func.count().over())
                .join(
                    wish,
                    (wish.tenant_id == Application.tenant_id) & (wish.application_id == Application.id),
                )
                .where(
                    wish.facility_id == facility_id,
                    Application.round_id == round_id,
                    Application.submitted_at.is_not(None),
                    Application.status != ApplicationStatus.WITHDRAWN,
                    visible,
                )
                .order_by(wish.rank, Application.case_number)
                .offset((page - 1) * size)
                .limit(size)
            )
        ).all()
        found = [Wishing(row=row, rank=rank, open_claims=claims) for row, rank, claims, _ in rows]
        return found, rows[0][3] if rows else 0

    async def of_round(self, round_id: UUID, *, visible: ColumnElement[bool]) -> list[Whole]:
        """Return the applications of a round."""
        return await self._wholes(Application.round_id == round_id, visible)

    async def taking_part(
        self, round_id: UUID, *, statuses: Collection[ApplicationStatus]
    ) -> dict[UUID, UUID]:
        """Return the applications of a round that are in one of the statuses, by child."""
        rows = await self._session.execute(
            select(Application.child_id, Application.id).where(
                Application.round_id == round_id, Application.status.in_(statuses)
            )
        )
        return dict(rows.all())

    async def unanswered(self, round_id: UUID) -> dict[UUID, UUID]:
        """Return drafts without an answer by child."""
        rows = await self._session.execute(
            select(Application.child_id, Application.id).where(
                Application.round_id == round_id,
                Application.status == ApplicationStatus.DRAFTED,
                Application.answer == Answer.NONE,
            )
        )
        return dict(rows.all())

    async def counts(self, round_id: UUID, *, visible: ColumnElement[bool]) -> ApplicationCounts:
        """Count the applications of a round."""
        rows = (
            await self._session.execute(
                select(
                    Application.status,
                    Application.answer,
                    func.count(),
                    func.count().filter(Application.late),
                    func.count().filter(has_open_claim()),
                    func.count().filter(has_unmet_right()),
                    func.count().filter(unheard()),
                )
                .where(Application.round_id == round_id, visible)
                .group_by(Application.status, Application.answer)
            )
        ).all()
        return ApplicationCounts(
            total=sum(row[2] for row in rows),
            by_status={
                status: sum(row[2] for row in rows if row[0] == status) for status in ApplicationStatus
            },
            by_answer={answer: sum(row[2] for row in rows if row[1] == answer) for answer in Answer},
            late=sum(row[3] for row in rows),
            open_claims=sum(row[4] for row in rows),
            unmet_right=sum(row[5] for row in rows),
            unheard=sum(row[6] for row in rows),
        )

    async def mark_unreachable(self, applications: Collection[UUID]) -> None:
        """Note that nobody could be written to about applications."""
        await self._session.execute(
            update(Application)
            .where(Application.id.in_(applications))
            .values(unreachable=True)
            .execution_options(synchronize_session=False)
        )

    async def take_up(self, round_id: UUID) -> int:
        """Move the submitted applications of a round on: to review where a claim is open, else to ready."""
        taken = await self._session.execute(
            update(Application)
            .where(
                Application.round_id == round_id,
                Application.status == ApplicationStatus.SUBMITTED,
            )
            .values(
                status=case((has_open_claim(), ApplicationStatus.UNDER_REVIEW), else_=ApplicationStatus.READY)
            )
            .returning(Application.id)
            .execution_options(synchronize_session=False)
        )
        return len(taken.all())

    async def claims_of(self, application_id: UUID) -> Sequence[Claim]:
        """Return the claims of an application."""
        found = select(Claim).where(Claim.application_id == application_id).order_by(Claim.id)
        return (await self._session.scalars(found)).all()

    async def lock_claim(self, claim_id: UUID) -> Claim | None:
        """Lock a claim for the rest of the transaction."""
        found: Claim | None = await self._session.scalar(
            select(Claim).where(Claim.id == claim_id).with_for_update()
        )
        return found

    async def _wholes(self, *conditions: ColumnElement[bool]) -> list[Whole]:
        rows = await self._session.execute(
            select(Application, Round.intake, _WISHES, _CLAIMS)
            .join(Round, (Round.tenant_id == Application.tenant_id) & (Round.id == Application.round_id))
            .where(*conditions)
            .order_by(Application.round_id.desc(), Application.case_number)
            .execution_options(populate_existing=True)
        )
        return [
            Whole(
                row=row,
                intake=intake,
                wishes=msgspec.convert(wishes, tuple[StoredWish, ...]),
                claims=msgspec.convert(claims, tuple[ClaimView, ...]),
            )
            for row, intake, wishes, claims in rows
        ]


def _wishes() -> ScalarSelect[Any]:
    entry = func.jsonb_build_object(
        "facility_id", Wish.facility_id, "rank", Wish.rank, "distance_m", Wish.distance_m
    )
    return _gathered(select(_array(entry, Wish.rank)).where(*of_application(Wish)))


def _claims() -> ScalarSelect[Any]:
    entry = func.jsonb_build_object(
        *("id", Claim.id, "fact", Claim.fact, "facility_id", Claim.facility_id),
        *("source", Claim.source, "state", Claim.state),
        *("reason", func.coalesce(Claim.details["reason"].astext, "")),
    )
    return _gathered(select(_array(entry, Claim.id)).where(*of_application(Claim)))


def _array(entry: ColumnElement[Any], order: Any) -> ColumnElement[Any]:
    return func.coalesce(func.jsonb_agg(aggregate_order_by(entry, order)), func.jsonb_build_array())


def _gathered(statement: Select[Any]) -> ScalarSelect[Any]:
    return statement.correlate(Application).scalar_subquery()


_WISHES, _CLAIMS = _wishes(), _claims()
"""Made once: building them takes longer than running them."""
