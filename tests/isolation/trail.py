"""What the audit log says after each request: who sees people leaves a trace of which."""

from collections.abc import Collection, Sequence

import httpx
import msgspec
from sqlalchemy import select
from tests.isolation.walker import CHANGES, Step, Visitor, Walk

from opptak.audit.models import AuditEntry
from opptak.audit.schemas import Outcome
from opptak.authz.check import PUBLIC
from opptak.kit.ids import new_id
from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext

__all__ = ("Trail",)


class _Seen(msgspec.Struct, frozen=True):
    outcome: str
    targeted: bool


class Trail:
    """Walks as one visitor after the other and notes which requests left no trace."""

    def __init__(
        self,
        runtime: Runtime,
        tenant: TenantContext,
        *,
        untargeted: Collection[str],
        unnoted: Collection[str],
    ) -> None:
        self._runtime = runtime
        self._tenant = tenant
        self._untargeted = untargeted
        self._unnoted = unnoted
        self._requests = 0
        self._shown = 0
        self._last = new_id()
        self.missing: set[str] = set()

    async def follow(self, walk: Walk, visitor: Visitor, *, secrets: frozenset[str]) -> None:
        """Make the walk's requests; `secrets` tell of people."""
        name = visitor.login.subject.name if visitor.login else ""
        told = frozenset(one for one in secrets if one not in name)
        async for step, response in walk.each(visitor):
            self._judge(visitor, step, response, await self._noted(), told)

    def summary(self) -> str:
        """Say in a line how far the walk went."""
        without = len(self.missing)
        return f"trail: {self._requests} requests, {self._shown} showed people, {without} without trace"

    def _judge(
        self,
        visitor: Visitor,
        step: Step,
        response: httpx.Response,
        seen: Sequence[_Seen],
        told: Collection[str],
    ) -> None:
        self._requests += 1
        route = f"{step.method} {step.route}"
        if route in self._unnoted or step.handler.opt["action"] is PUBLIC:
            return
        status, away = response.status_code, "/login" in response.headers.get("location", "")
        if status >= 500:
            noted = False
        elif status in (403, 404):
            noted = any(one.outcome != Outcome.DONE for one in seen) or not visitor.acts_at(step.path)
        elif step.method in CHANGES:
            noted = bool(seen) or status >= 400 or away
        else:
            shows = status == 200 and any(one in response.text for one in told)
            self._shown += shows
            noted = not shows or any(one.targeted or route in self._untargeted for one in seen)
        if not noted:
            self.missing.add(f"{route} is answered {status} to {visitor.name}, and nothing is noted")

    async def _noted(self) -> list[_Seen]:
        """Return the entries made since the last look."""
        async with self._runtime.database.tenant(self._tenant.id) as session:
            entries = (await session.scalars(select(AuditEntry).where(AuditEntry.id > self._last))).all()
        self._last = new_id()
        return [_Seen(one.outcome, one.target_id is not None or bool(one.shown)) for one in entries]
