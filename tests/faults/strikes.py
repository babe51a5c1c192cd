"""Carrying a plan out: each fault strikes when the story has come to its point, wherever the work is then."""

import asyncio
import time
from collections.abc import Sequence

import msgspec
from tests.faults.estate import Estate
from tests.faults.plan import Fault, Kind, Phase
from tests.faults.watch import Watch
from tests.faults.wire import COMMIT, FORM, LETTER
from tests.servers.programs import Program

__all__ = ("Strike", "Striker")

_LOOK = 0.03
_BUSY = 4.0
"""Seconds to wait for work to be under way, which a strike is to end."""
_MEETING = 15.0
"""Seconds in which something must run into a fault that lies in wait."""
_PATIENT = 6.0
"""The same while the story is held back: less than our own time-out."""
_HANG = 22.0
"""Seconds: more than our own time-out, so that the authority does what we have given up."""
_DONE = 1.0
"""Seconds the authority may then take to do it."""

_AUTHORITIES: dict[Kind, tuple[str, str]] = {
    Kind.SVARUT_LOST: ("svarut", "lost"),
    Kind.SVARUT_DOUBLE: ("svarut", "double"),
    Kind.SVARUT_LENGTH: ("svarut", "length"),
    Kind.SVARUT_THROTTLED: ("svarut", "throttle"),
    Kind.SVARUT_MALFORMED: ("svarut", "malformed"),
    Kind.SVARUT_HALF: ("svarut", "cut"),
    Kind.SVARUT_DOWN: ("svarut", "down"),
    Kind.SVARUT_HANGS: ("svarut", "slow"),
    Kind.REGISTER_THROTTLED: ("folkeregisteret", "throttle"),
    Kind.REGISTER_MALFORMED: ("folkeregisteret", "malformed"),
    Kind.CONTACTS_DOWN: ("krr", "down"),
    Kind.TOKENS_DOWN: ("maskinporten", "down"),
    Kind.EXPORT_LOST: ("administration", "lost"),
}
_SECONDS = {Kind.SVARUT_HANGS: _HANG, Kind.SVARUT_THROTTLED: 2.0, Kind.REGISTER_THROTTLED: 2.0}
_ONCE = frozenset({Kind.SVARUT_HANGS, Kind.EXPORT_LOST})
_MOST_CALLS = 4
_DONE_ALL_THE_SAME = frozenset(
    {Kind.SVARUT_LOST, Kind.SVARUT_DOUBLE, Kind.SVARUT_LENGTH, Kind.SVARUT_HANGS, Kind.EXPORT_LOST}
)
"""What only asks may fail harmlessly: it has to be what changes something."""


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that struck. `done` is how much of the phase there was; `open` the transactions it ended."""

    seconds: float
    phase: Phase
    done: float
    kind: Kind
    whom: str
    open: int
    met: bool = True
    """Whether something ran into it; where nothing did, connections to the database were cut instead."""


class Striker:
    """Strikes during one phase, whose work the undisturbed story needed `total` steps for."""

    def __init__(self, estate: Estate, watch: Watch, faults: Sequence[Fault], *, total: int) -> None:
        self._estate = estate
        self._watch = watch
        self._faults = faults
        self._total = max(total, 1)
        self._over = asyncio.Event()
        self.strikes: list[Strike] = []

    async def run(self, *, since: float) -> None:
        """Strike at every fault's point; those whose points have not come when the phase is over, then."""
        first = await self._watch.progress()
        for fault in self._faults:
            await self._come_to(fault.at, first)
            await asyncio.sleep(fault.delay)
            done = 1.0 if self._over.is_set() else await self._done(first)
            if fault.kind in _MET_OUTSIDE:
                await self._lie_in_wait(fault, done, since)
                continue
            async with self._estate.pace.held():
                if fault.kind in _MET_AT_THE_SITE:
                    await self._lie_in_wait(fault, done, since)
                else:
                    await self._strike(fault, done, since)
        self._estate.heal()

    def over(self) -> None:
        """Note that the phase's work is done."""
        self._over.set()

    async def _come_to(self, point: float, first: int) -> None:
        """Wait until the phase has come to a point, or is over."""
        while not self._over.is_set() and await self._done(first) < point:  # noqa: ASYNC110 -- it is in a database
            await asyncio.sleep(_LOOK)

    async def _done(self, first: int) -> float:
        return (await self._watch.progress() - first) / self._total

    async def _strike(self, fault: Fault, done: float, since: float) -> None:
        whom, ended = await self._carry_out(fault)
        self._note(fault, done, since, whom=whom, ended=ended)

    async def _carry_out(self, fault: Fault) -> tuple[str, int]:
        deployment = self._estate.deployment
        match fault.kind:
            case Kind.CLOCK_FORWARD | Kind.CLOCK_BACK:
                self._estate.travel(minutes=20 if fault.kind is Kind.CLOCK_FORWARD else -2)
                return "all", await self._watch.open("w")
            case Kind.SCHEDULER_KILL:
                leader = await self._watch.leader()
                named = [one for one in deployment.schedulers if one.name == leader]
                return await self._kill(_one_of(named or deployment.schedulers, fault))
            case Kind.WEB_KILL:
                return await self._kill(await self._busy(deployment.webs, fault))
        worker = await self._busy(deployment.workers, fault)
        if fault.kind is Kind.WORKER_KILL:
            return await self._kill(worker)
        if fault.kind is Kind.CONNECTIONS_CUT:
            return await self._cut(worker.name)
        return await self._crash(fault)

    async def _crash(self, fault: Fault) -> tuple[str, int]:
        postgres, ended = self._estate.postgres, await self._watch.open("w")
        await asyncio.to_thread(postgres.kill if fault.kind is Kind.DATABASE_KILL else postgres.restart)
        return "postgres", ended

    async def _busy(self, processes: Sequence[Program], fault: Fault) -> Program:
        """Return a process with work under way, as soon as one has any; else one by luck."""
        deadline = time.monotonic() + _BUSY
        while time.monotonic() < deadline and not self._over.is_set():
            for process in sorted(processes, key=lambda one: one is not _one_of(processes, fault)):
                if await self._watch.open(process.name):
                    return process
            await asyncio.sleep(_LOOK)
        return _one_of(processes, fault)

    async def _kill(self, process: Program) -> tuple[str, int]:
        """Kill a process and start it again."""
        ended = await self._watch.open(process.name)
        await asyncio.to_thread(process.restart)
        return process.name, ended

    async def _cut(self, process: str) -> tuple[str, int]:
        ended = await self._watch.open(process)
        self._estate.databases[process].cut()
        return process, ended

    async def _lie_in_wait(self, fault: Fault, done: float, since: float) -> None:
        """Wait for something to run into a fault; cut connections where nothing does."""
        whom, met = await self._ambush(fault)
        if not met:
            await self._cut(_one_of(self._estate.deployment.workers, fault).name)
        self._note(fault, done, since, whom=whom, ended=0, met=met)

    async def _ambush(self, fault: Fault) -> tuple[str, bool]:
        estate, deployment = self._estate, self._estate.deployment
        match fault.kind:
            case Kind.COMMIT_LOST:
                name = _one_of(deployment.workers, fault).name
                return name, await estate.databases[name].lose_answer(COMMIT, within=_MEETING)
            case Kind.WEB_COMMIT_LOST:
                name = _one_of(deployment.webs, fault).name
                return name, await estate.databases[name].lose_answer(COMMIT, within=_PATIENT)
            case Kind.LETTER_LOST:
                return "svarut", await estate.sandbox.wire.lose_answer(LETTER, within=_MEETING)
            case Kind.PAGE_LOST:
                return "site", await estate.front.lose_answer(FORM, within=_PATIENT)
        authority, how = _AUTHORITIES[fault.kind]
        calls = 1 if fault.kind in _ONCE else 1 + int(fault.luck * _MOST_CALLS)
        method = "POST" if fault.kind in _DONE_ALL_THE_SAME else None
        estate.fault(authority, how, count=calls, seconds=_SECONDS.get(fault.kind), method=method)
        met = await self._fell(authority, calls)
        if met and fault.kind is Kind.SVARUT_HANGS:
            estate.hangs_until = time.monotonic() + _HANG + _DONE
        return f"{authority} × {calls}", met

    async def _fell(self, authority: str, calls: int) -> bool:
        """Return whether a call has run into an authority's fault."""
        deadline = time.monotonic() + _MEETING
        while time.monotonic() < deadline:
            if self._estate.calls_left(authority) < calls:
                return True
            await asyncio.sleep(_LOOK)
        return False

    def _note(
        self, fault: Fault, done: float, since: float, *, whom: str, ended: int, met: bool = True
    ) -> None:
        strike = Strike(
            seconds=round(time.monotonic() - since, 1),
            phase=fault.phase,
            done=round(min(done, 1.0), 2),
            kind=fault.kind,
            whom=whom,
            open=ended,
            met=met,
        )
        self.strikes.append(strike)
        self._estate.log(str(strike))


_MET_OUTSIDE = frozenset(_AUTHORITIES) | {Kind.COMMIT_LOST, Kind.LETTER_LOST}
"""Background work has to run into them, which must not be held back then."""
_MET_AT_THE_SITE = frozenset({Kind.WEB_COMMIT_LOST, Kind.PAGE_LOST})
"""Somebody at the site has to run into them."""


def _one_of(processes: Sequence[Program], fault: Fault) -> Program:
    return processes[int(fault.luck * len(processes))]
