"""The stage of the demonstration: database, simulated country, worker and web server, in one data folder.

Worker and web server are the processes a deployment has, on a clock that all share. Its hand is kept in the
folder, so that a second run goes on where the first one stopped.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from opptak.demo.figures import Municipality
from opptak.demo.programs import Programs, opptak
from opptak.deployment import clock_hand, embedded_postgres, ready_database
from opptak.domains import periodic_work
from opptak.kit.clock import SharedClock
from opptak.kit.db import Role
from opptak.kit.ports import free_port, require_free
from opptak.runtime import Runtime
from opptak.settings import Settings
from opptak.tenancy.schedule import enqueue_due, plan

__all__ = ("SEED", "SandboxSilent", "Stage", "another_story", "raise_stage", "strike")

FIRST_DAY = datetime(2027, 1, 11, 8, tzinfo=UTC)
"""The morning on which the letters of the main round go out."""

SEED = 1

_SANDBOX_SECONDS = 60


class SandboxSilent(Exception):
    """The simulated authorities did not start."""


class _Memory(msgspec.Struct):
    """What the folder remembers between runs."""

    clock: datetime
    seed: int
    sandbox_port: int
    tenants: tuple[str, ...]
    told: dict[str, Municipality] = {}
    """The figures of the stories that have come to their end."""

    @property
    def control(self) -> str:
        """Address of the levers behind the simulated country."""
        return f"http://127.0.0.1:{self.sandbox_port}/control"


class Stage:
    """Everything the story and the web server stand on."""

    def __init__(
        self, settings: Settings, clock: SharedClock, memory: "_Memory", path: Path, programs: Programs
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.seed = memory.seed
        self.control = memory.control
        """Address of the levers behind the simulated country."""
        self.programs = programs
        self.runtime = Runtime(settings, clock=clock)
        self._memory = memory
        self._path = path

    def travel_to(self, moment: datetime) -> None:
        """Set the clock here and at the authorities, who check how old a token is."""
        self.clock.travel_to(moment)
        order = {"now": moment.isoformat()}
        httpx.post(f"{self.control}/time", json=order, trust_env=False).raise_for_status()

    async def go_to(self, moment: datetime) -> None:
        """Set the clock, and enqueue what has fallen due meanwhile."""
        self.travel_to(moment)
        await self.schedule()

    async def schedule(self) -> None:
        """Enqueue what has fallen due at once, instead of when the scheduler next looks."""
        async with self.runtime.database.unscoped(Role.RELAY) as session:
            await plan(session, periodic_work(), now=self.clock.now())
            await enqueue_due(session, periodic_work(), now=self.clock.now())

    def remember(self) -> None:
        """Write the clock's hand into the data folder."""
        self._memory.clock = self.clock.now()
        self._path.write_bytes(msgspec.json.encode(self._memory))

    @property
    def told(self) -> dict[str, Municipality]:
        """The figures of the stories that have come to their end, in this run or an earlier one."""
        return self._memory.told

    @contextmanager
    def worked(self) -> Iterator[subprocess.Popen[bytes]]:
        """Have background work done by a process of its own."""
        with self.programs.run("worker", opptak("worker"), self.settings) as worker:
            yield worker

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the sites from a process of their own, for as long as the context lasts."""
        with self.programs.run("web server", opptak("serve", "--without-worker"), self.settings):
            yield


def strike(settings: Settings) -> None:
    """Remove the data folder of an earlier demonstration; raises StillInUse while it runs."""
    embedded_postgres(settings).remove()
    shutil.rmtree(settings.data_path, ignore_errors=True)


def another_story(settings: Settings, presets: Sequence[str], *, seed: int | None) -> Iterator[str]:
    """Yield in what the story of this data folder is another one than what is asked for now."""
    path = _memory_of(settings)
    if not path.exists():
        return
    memory = msgspec.json.decode(path.read_bytes(), type=_Memory)
    if seed not in (None, memory.seed):
        yield f"the families here were invented with seed {memory.seed}, and stay; --fresh invents others"
    if {*presets} != {*memory.tenants}:
        told = ", ".join(memory.tenants)
        yield f"the story here began with {told}; what differs may come to a stop, --fresh starts over"


@contextmanager
def raise_stage(
    settings: Settings, presets: Sequence[str], *, seed: int = SEED, works: bool = True
) -> Iterator[Stage]:
    """Start everything (without a worker unless the stage `works`) and stop it at the end.

    Raises PortTaken, SandboxSilent, EmbeddedPostgresError.
    """
    require_free(settings.host, settings.port)
    path, hand = _memory_of(settings), clock_hand(settings)
    memory = _recall(path, presets, seed)
    clock = SharedClock(hand)
    clock.travel_to(memory.clock)
    programs = Programs()
    with ExitStack() as stack:
        ground = settings.data_path / "training-ground.json"
        stack.enter_context(_sandbox(programs, memory, presets, ground))
        ready = stack.enter_context(ready_database(settings))
        stage = Stage(msgspec.structs.replace(ready, clock=f"file:{hand}"), clock, memory, path, programs)
        # The authorities took their time to start and are behind ours; they refuse tokens from the future.
        stage.travel_to(clock.now())
        if works:
            stack.enter_context(stage.worked())
        yield stage
        stage.remember()


def _memory_of(settings: Settings) -> Path:
    return settings.data_path / "demo.json"


def _recall(path: Path, presets: Sequence[str], seed: int) -> _Memory:
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=_Memory)
    path.parent.mkdir(parents=True, exist_ok=True)
    memory = _Memory(clock=FIRST_DAY, seed=seed, sandbox_port=free_port(), tenants=tuple(presets))
    path.write_bytes(msgspec.json.encode(memory))
    return memory


@contextmanager
def _sandbox(programs: Programs, memory: _Memory, presets: Sequence[str], ground: Path) -> Iterator[None]:
    """Run the simulated authorities in a process of their own."""
    command = [sys.executable, "-m", "opptak_simulators"]
    for preset in presets:
        command += ["--preset", preset]
    command += ["--seed", str(memory.seed), "--clock", memory.clock.isoformat()]
    command += ["--port", str(memory.sandbox_port), "--ground", str(ground)]
    with programs.run("simulated country", command) as process:
        _await_answer(f"{memory.control}/health", process)
        yield


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SANDBOX_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=1, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise SandboxSilent("the simulated authorities did not start")
