"""A deployment of real processes that may be broken: each on wires of its own, all on one clock that travels.

Two web processes behind one address, two workers, two schedulers, PostgreSQL and the simulated authorities.
"""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
from tests.faults.pace import Pace
from tests.faults.postgres import Postgres
from tests.faults.wire import Wire
from tests.servers.deployment import Deployment
from tests.servers.programs import Keeper, Program, plain_environment

from opptak.kit.clock import SharedClock
from opptak.kit.ports import free_port
from opptak.runtime import Runtime
from opptak.settings import Settings

__all__ = ("FIRST_DAY", "TOWN", "Estate", "estate")

TOWN = "nordreisa"
FIRST_DAY = datetime(2027, 1, 11, 8, tzinfo=UTC)
"""The morning on which the letters go out."""

_HOST = "127.0.0.1"
_AHEAD = timedelta(seconds=1)
"""The authorities refuse tokens from the future, so their clock is a little ahead of ours."""


class Sandbox:
    """The simulated authorities, found by everybody through a wire."""

    def __init__(self, folder: Path, keeper: Keeper, *, seed: int) -> None:
        self._port = free_port()
        self._seed = seed
        self.pace = Pace(seed=seed)
        self.wire = Wire([(_HOST, self._port)], pause=self.pace.answer)
        self._ground = folder / "data" / "training-ground.json"
        self._program = Program(
            "sandbox",
            (),
            log=folder / "logs" / "sandbox.log",
            keeper=keeper,
            environ=plain_environment(),
        )

    @property
    def control(self) -> str:
        """Address of the levers behind them, past the wire."""
        return f"http://{_HOST}:{self._port}/control"

    async def start(self) -> None:
        """Start, and wait for the first answer; raises NotUp."""
        await self.wire.open()
        self._ground.parent.mkdir(parents=True)
        base_url = f"http://{_HOST}:{self.wire.port}"
        options = ["--preset", TOWN, "--seed", str(self._seed), "--clock", FIRST_DAY.isoformat()]
        options += ["--port", str(self._port), "--base-url", base_url, "--ground", str(self._ground)]
        self._program.command = [sys.executable, "-m", "opptak_simulators", *options]
        self._program.start()
        self._program.wait_until(self._answers, what="the simulated authorities answer")

    async def stop(self) -> None:
        """End them; raises NotUp."""
        await asyncio.to_thread(self._program.stop)
        await self.wire.close()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.control}/health", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False


class Estate:
    """Everything that runs, with what may be broken of it."""

    def __init__(self, folder: Path, postgres: Postgres, sandbox: Sandbox) -> None:
        self.postgres = postgres
        self.sandbox = sandbox
        self.pace = sandbox.pace
        self.clock = SharedClock(folder / "clock")
        self.clock.travel_to(FIRST_DAY)
        self.settings = Settings(
            data_dir=str(folder / "data"),
            database_url=postgres.url(),
            master_key=base64.b64encode(sha256(b"faults").digest()).decode(),
            secure_cookies=False,
            clock=f"file:{folder / 'clock'}",
            worker_threads=3,
        )
        self.deployment = Deployment(folder / "logs", self.settings)
        self.runtime = Runtime(self.settings, clock=self.clock)
        """Ours, past all wires, to look at what happened."""
        self.front = Wire(())
        """The address of the site, shared out over the web processes."""
        self.hangs_until = 0.0
        """Monotonic seconds at which the last call that hangs is done, perhaps after we gave it up."""
        self.databases: dict[str, Wire] = {}
        """Each process's wire to the database, by the process's name."""

    async def start(self) -> None:
        """Start the processes and wait until pages are served; raises NotUp."""
        deployment = self.deployment
        for _ in range(2):
            deployment.serve(settings=await self._wired(f"web-{len(deployment.webs) + 1}"))
            deployment.worker(settings=await self._wired(f"worker-{len(deployment.workers) + 1}"))
            deployment.scheduler(settings=await self._wired(f"scheduler-{len(deployment.schedulers) + 1}"))
        self.front = Wire([(_HOST, web.port) for web in deployment.webs])
        await self.front.open()
        # Not in this thread: it carries what the processes say to the database.
        await asyncio.to_thread(deployment.await_ready)

    async def stop(self) -> None:
        """End everything that was started here."""
        self.deployment.close()
        for wire in (self.front, *self.databases.values()):
            await wire.close()
        await self.runtime.close()

    def travel_to(self, moment: datetime) -> None:
        """Set all clocks, the authorities' first."""
        order = {"now": (moment + _AHEAD).isoformat()}
        httpx.post(f"{self.sandbox.control}/time", json=order, trust_env=False).raise_for_status()
        self.clock.travel_to(moment)

    def log(self, line: str) -> None:
        """Write a line beside what the processes say."""
        with (self.deployment.folder / "strikes.log").open("a") as log:
            log.write(f"{datetime.now(UTC).isoformat()} {line}\n")

    def travel(self, *, minutes: int) -> None:
        """Let all clocks jump."""
        self.travel_to(self.clock.now() + timedelta(minutes=minutes))

    def fault(
        self,
        authority: str,
        kind: str,
        *,
        count: int,
        seconds: float | None = None,
        method: str | None = None,
    ) -> None:
        """Let an authority's next calls fail, or those of a method."""
        order = {"authority": authority, "kind": kind, "count": count, "seconds": seconds, "method": method}
        httpx.post(f"{self.sandbox.control}/faults", json=order, trust_env=False).raise_for_status()

    def calls_left(self, authority: str) -> int:
        """Return how many calls an authority's fault will still hit."""
        answer = httpx.get(f"{self.sandbox.control}/faults", trust_env=False).raise_for_status()
        return int(answer.json().get(authority, {}).get("count", 0))

    def heal(self) -> None:
        """Switch all the authorities' faults off."""
        httpx.delete(f"{self.sandbox.control}/faults", trust_env=False).raise_for_status()

    def behind(self, path: str, **query: str) -> Any:
        """Look at what arrived at the authorities."""
        answer = httpx.get(f"{self.sandbox.control}{path}", params=query, trust_env=False, timeout=30)
        return answer.raise_for_status().json()

    async def _wired(self, name: str) -> Settings:
        """Return the settings of a process whose connections to the database can be cut."""
        wire = self.databases[name] = Wire([(_HOST, self.postgres.port)])
        await wire.open()
        url = f"{self.postgres.url(port=wire.port)}?application_name={name}"
        return msgspec.structs.replace(self.settings, database_url=url)


@asynccontextmanager
async def estate(folder: Path, *, seed: int) -> AsyncIterator[Estate]:
    """Run everything in a folder, where the logs stay."""
    (folder / "logs").mkdir(parents=True)
    async with AsyncExitStack() as stack:
        postgres = Postgres(folder / "postgres")
        stack.callback(postgres.remove)
        sandbox = Sandbox(folder, stack.enter_context(Keeper()), seed=seed)
        stack.push_async_callback(sandbox.stop)
        await sandbox.start()
        made = Estate(folder, postgres, sandbox)
        stack.push_async_callback(made.stop)
        yield made
