"""Waiting for what comes about although things break; where only time is missing, time is helped along."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.faults.estate import Estate
from tests.faults.watch import PUT_OFF, Stuck, Watch

__all__ = ("Holds", "Patience")

Holds = Callable[[], Awaitable[bool]]

_LONGEST = 180.0
_STILL = 1.0
"""Seconds without a change after which time is helped along."""
_PRESSED_AGAIN = 20.0
"""Seconds after which somebody presses a button again."""
_DRIVEN_AGAIN = 3

_AT_WORK = "select count(*) from outbox where state <> 'parked' and (available_at <= %s or " + PUT_OFF + ")"  # noqa: S608 -- our own words
_NEXT = "select min(available_at) from outbox where state <> 'parked' and " + PUT_OFF  # noqa: S608 -- our own words
_PARKED = "select actor || ': ' || failure || ' ' || failure_code from outbox where state = 'parked'"
_LEFT = """
select actor, state, attempts, failure_code, available_at - %s as due_in, claimed_until - now() as leased_for
from outbox order by available_at limit 40
"""
_END_LEASES = "update outbox set claimed_until = now() where claimed_until > now()"
_TRY_AGAIN = """
update outbox set state = 'waiting', attempts = 0, claimed_until = null, available_at = %s
where state = 'parked'
"""


class Patience:
    """Waits for background work, for a state, or for what a button sets off."""

    def __init__(self, estate: Estate, watch: Watch) -> None:
        self._estate = estate
        self._watch = watch
        self.driven_again: Counter[str] = Counter()
        """Parked work that was tried again once all was well, by what had parked it."""

    async def rest(self) -> None:
        """Wait until background work rests, what is parked being tried again; raises Stuck."""
        for _ in range(_DRIVEN_AGAIN):
            await self._come_to_rest()
            if not await self._drive_again():
                return
        raise Stuck(f"parked again and again: {dict(self.driven_again)}")

    async def until(self, holds: Holds, *, what: str, seconds: float = _LONGEST) -> None:
        """Wait for something to hold; raises Stuck."""
        started = helped = time.monotonic()
        while not await holds():
            now = time.monotonic()
            if now - started > seconds:
                raise Stuck(f"{what}\n{await self._left()}")
            if now - helped > 4 * _STILL:
                await self._help_time_along()
                helped = now
            await asyncio.sleep(0.05)

    async def press(self, button: Callable[[], Awaitable[object]], came: Holds, *, what: str) -> None:
        """Press a button, and again where nothing comes of it; raises Stuck."""
        for _ in range(int(_LONGEST / _PRESSED_AGAIN)):
            if await came():
                return
            await button()
            try:
                await self.until(came, what=what, seconds=_PRESSED_AGAIN)
            except Stuck:
                continue
        await self.until(came, what=what)

    async def _come_to_rest(self) -> None:
        started = since = time.monotonic()
        seen = (-1, -1)
        while left := await self._watch.number(_AT_WORK, self._estate.clock.now()):
            now = time.monotonic()
            if (news := (left, await self._watch.progress())) != seen:
                seen, since = news, now
            elif now - since > _STILL:
                await self._help_time_along()
                since = now
            if now - started > _LONGEST:
                raise Stuck(f"{left} jobs do not come to rest\n{await self._left()}")
            await asyncio.sleep(0.05)

    async def _help_time_along(self) -> None:
        """Let leases end and pauses be over, as they would be in a while; not while a call hangs, which would
        take longer then than any pause.
        """
        if time.monotonic() < self._estate.hangs_until:
            return
        await self._watch.act(_END_LEASES)
        [(due,)] = await self._watch.rows(_NEXT)
        if due and due > self._estate.clock.now():
            self._estate.travel_to(due + timedelta(seconds=0.1))

    async def _left(self) -> str:
        """Return the work there is, for whoever has to find out."""
        return "\n".join(str(line) for line in await self._watch.rows(_LEFT, self._estate.clock.now()))

    async def _drive_again(self) -> int:
        parked = [str(cause) for (cause,) in await self._watch.rows(_PARKED)]
        self.driven_again.update(parked)
        if parked:
            await self._watch.act(_TRY_AGAIN, self._estate.clock.now())
        return len(parked)
