"""One telling of the story from beginning to end, with a plan of faults or none."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from tests.faults.estate import Estate, estate
from tests.faults.evidence import Evidence, gather
from tests.faults.furnishing import furnish
from tests.faults.plan import Fault, Phase
from tests.faults.play import Play
from tests.faults.strikes import Strike, Striker
from tests.faults.watch import Stuck
from tests.servers.deployment import environment, opptak

__all__ = ("Told", "tell")

_SEALED = "select coalesce(sum(cardinality(entry_ids)), 0) from audit_seal"
_LATER_MINUTES = 300
"""What was sent last has been read or printed by then, and the platform asks for it once more."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A story that has been told."""

    evidence: Evidence
    strikes: list[Strike]
    steps: dict[Phase, int]
    """How much there was of each phase."""
    met: Counter[str]
    """What people met at the site."""
    driven_again: Counter[str]
    """Parked work that was tried again, by what had parked it."""
    audit: list[str]
    """What the verification of the audit log had to complain of."""
    sealed: int
    """Entries of the audit log under seal, which were looked over."""
    seconds: float


async def tell(
    folder: Path,
    *,
    seed: int,
    faults: Mapping[Phase, Sequence[Fault]],
    steps: Mapping[Phase, int],
    phases: Sequence[Phase] = tuple(Phase),
) -> Told:
    """Tell the story in a folder; raises Stuck, NotUp. `steps` is how much there is of each phase."""
    started = time.monotonic()
    async with estate(folder, seed=seed) as made:
        play = await furnish(made, seed=seed)
        await made.start()
        try:
            strikes: list[Strike] = []
            taken: dict[Phase, int] = {}
            for phase in phases:
                await play.before(phase)
                first = await play.watch.progress()
                striker = Striker(made, play.watch, faults.get(phase, ()), total=steps.get(phase, 1))
                strikes += await _under_fire(play, phase, striker, since=started)
                taken[phase] = await play.watch.progress() - first
            return await _look(made, play, strikes, taken, started)
        except Stuck:
            for program in made.deployment.processes:
                program.leave_traces()
            raise
        finally:
            await play.watch.close()


async def _under_fire(play: Play, phase: Phase, striker: Striker, *, since: float) -> list[Strike]:
    striking = asyncio.create_task(striker.run(since=since))
    try:
        await play.chapters[phase]()
        await play.patience.rest()
    finally:
        striker.over()
        await striking
    await play.patience.rest()
    return striker.strikes


async def _look(
    made: Estate, play: Play, strikes: list[Strike], steps: dict[Phase, int], started: float
) -> Told:
    made.travel(minutes=_LATER_MINUTES)
    await play.scheduled()
    await play.patience.rest()
    return Told(
        evidence=await gather(made, play),
        strikes=strikes,
        steps=steps,
        met=play.met,
        driven_again=play.patience.driven_again,
        audit=await _verify_audit(made),
        sealed=await play.watch.number(_SEALED),
        seconds=round(time.monotonic() - started, 1),
    )


async def _verify_audit(made: Estate) -> list[str]:
    command = opptak("audit", "verify")
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment(made.settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return [f"ended with {process.returncode}", *said.decode().splitlines()] if process.returncode else []
