"""Rounds: opened from the tenant's document, closed by their deadline."""

import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

from opptak.admission.errors import RoundNotOpen
from opptak.admission.models import Round
from opptak.admission.repository import ApplicationRepository, RoundRepository
from opptak.admission.schemas import RoundState, RoundView
from opptak.admission.states import move_round
from opptak.audit.service import record
from opptak.kit.errors import NotFound
from opptak.tenancy.config import RoundConfig
from opptak.tenancy.context import Work

__all__ = ("Rounds", "current_round")


def current_round(rounds: Sequence[RoundView]) -> RoundView | None:
    """Return the round people apply in now, of all rounds, the newest first."""
    ahead = [found for found in rounds if found.state is not RoundState.RELEASED]
    return next(iter(ahead or rounds), None)


class Rounds:
    """The rounds of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rounds = RoundRepository(work.session)

    async def ensure(self, intake: str) -> RoundView:
        """Return the round of an intake, opening it if it is new; raises NotFound for one not configured."""
        self._configured(intake)
        await self._rounds.add(intake, lottery_secret=self._secret(intake))
        return self._view(await self._rounds.by_intake(intake))

    def _secret(self, intake: str) -> str:
        """Return what the lottery will be drawn with; training draws the same lots every time."""
        document = self._work.tenant.document
        if document.training:
            return hashlib.sha256(f"{document.slug}|{intake}".encode()).hexdigest()
        return secrets.token_hex(32)

    async def get(self, round_id: UUID, *, lock: bool = False) -> RoundView:
        """Return a round, locked for the rest of the transaction if asked; raises NotFound."""
        found = await self._rounds.get(round_id, lock=lock)
        if found is None:
            raise NotFound
        return self._view(found)

    async def current(self) -> RoundView | None:
        """Return the round people apply in now: the newest that is not released, else the newest."""
        return current_round(await self.all())

    async def all(self) -> list[RoundView]:
        """Return all rounds, the newest first."""
        return [self._view(found) for found in await self._rounds.all()]

    async def close_due(self) -> list[UUID]:
        """Close the rounds whose deadline has passed and take up what was submitted; return their ids."""
        today = self._work.tenant.today()
        due = [
            found
            for found in await self._rounds.lock_open()
            if self._configured(found.intake).deadline < today
        ]
        for found in due:
            move_round(found, RoundState.CLOSED)
            await ApplicationRepository(self._work.session).take_up(found.id)
            record(self._work, "round.close", "round", found.id)
        return [found.id for found in due]

    async def released(self, round_id: UUID) -> None:
        """Note that the round's result is out; raises RoundMoved while it is still open."""
        found = await self._rounds.get(round_id, lock=True)
        if found is None:
            raise NotFound
        move_round(found, RoundState.RELEASED)

    async def lottery_seed(self, round_id: UUID) -> str:
        """Return the secret the lottery is drawn with (hex), for the allocation alone."""
        found = await self._rounds.get(round_id)
        if found is None:
            raise NotFound
        return found.lottery_secret

    async def draw_cases(self, round_id: UUID, *, number: int) -> int:
        """Reserve that many case numbers in a row; return the one before the first of them."""
        return await self._rounds.draw_cases(round_id, number=number)

    def must_accept(self, round_: RoundView) -> None:
        """Let people apply from the opening day on, late ones too; raises RoundNotOpen."""
        if self._work.tenant.today() < round_.opens_on:
            raise RoundNotOpen

    def _configured(self, intake: str) -> RoundConfig:
        try:
            return self._work.tenant.document.round(intake)
        except LookupError as missing:
            raise NotFound from missing

    def _view(self, row: Round) -> RoundView:
        config = self._configured(row.intake)
        state = RoundState(row.state)
        return RoundView(
            id=row.id,
            intake=row.intake,
            state=state,
            year=config.year,
            opens_on=config.opens_on,
            deadline=config.deadline,
            starts_on=config.starts_on,
            latest_start=config.latest_start,
            max_wishes=config.max_wishes,
            days_choices=config.days_choices,
            offers=config.offers,
            commitment=hashlib.sha256(bytes.fromhex(row.lottery_secret)).hexdigest(),
            seed=row.lottery_secret if state is RoundState.RELEASED else None,
        )
