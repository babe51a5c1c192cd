"""A deployment of real processes: `opptak serve`, `worker` and `scheduler`, as an operator starts them.

    with Deployment(folder, settings) as deployment:
        web = deployment.serve()
        worker = deployment.worker()
        deployment.await_ready()
        worker.kill(); worker.start()

Settings name servers that run already (database, broker). Logs are in the folder, one a process. For time
that can be set, let `settings.clock` be `file:…` and use a `SharedClock` on the same path.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import httpx
import msgspec

from opptak.kit.ports import free_port
from opptak.settings import Settings
from tests.servers.programs import Keeper, Program, plain_environment, wait_until

__all__ = ("Deployment", "Web", "environment", "opptak")

_ROOT = Path(__file__).parents[2]


def opptak(*arguments: str, modules: Sequence[str] = ()) -> list[str]:
    """Return the command line that runs this program's own command, with modules of the tests in it."""
    lines = [*(f"import {module}" for module in modules), "from opptak.cli import main", "main()"]
    return [sys.executable, "-c", "; ".join(lines), *arguments]


def environment(settings: Settings) -> dict[str, str]:
    """Return an environment that `read_settings` reads these settings from, and tests are found in."""
    plain = Settings()
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return (
        plain_environment()
        | {"PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
        | {
            f"OPPTAK_{field.upper()}": _written(value)
            for field, value in msgspec.structs.asdict(settings).items()
            if value != getattr(plain, field)
        }
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Web(Program):
    """A web process, which listens on a port of its own."""

    port: int

    @property
    def url(self) -> str:
        """Its address; the tenant is told by the Host header."""
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        """Return whether it says that it may get requests."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False


class Deployment:
    """The processes on one database and broker."""

    def __init__(self, folder: Path, settings: Settings, *, modules: Sequence[str] = ()) -> None:
        self.folder = folder
        self.settings = settings
        self._modules = modules
        self.webs: list[Web] = []
        self.workers: list[Program] = []
        self.schedulers: list[Program] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._keeper = Keeper()

    @property
    def processes(self) -> list[Program]:
        """All processes, started or ended."""
        return [*self.webs, *self.workers, *self.schedulers]

    def serve(self, *, port: int | None = None, settings: Settings | None = None) -> Web:
        """Start a web process; on a port of its own, while addresses in pages keep `settings.port`."""
        port = port or free_port()
        web = Web(
            f"web-{len(self.webs) + 1}",
            opptak("serve", "--without-worker", "--port", str(port), modules=self._modules),
            log=self.folder / f"web-{len(self.webs) + 1}.log",
            keeper=self._keeper,
            environ=environment(settings or self.settings),
        )
        web.port = port
        web.start()
        self.webs.append(web)
        return web

    def worker(self, *, settings: Settings | None = None) -> Program:
        """Start a worker."""
        return self._add("worker", self.workers, settings)

    def scheduler(self, *, settings: Settings | None = None) -> Program:
        """Start a scheduler."""
        return self._add("scheduler", self.schedulers, settings)

    def await_ready(self) -> None:
        """Wait until every web process may get requests; raises NotUp."""
        for web in self.webs:
            web.wait_until(web.ready, what="the web process is ready")

    def stop(self) -> list[int]:
        """Ask all processes to end, and return their codes; raises NotUp."""
        return [process.stop() for process in self.processes if process.running]

    def close(self) -> None:
        """End whatever still runs."""
        self._keeper.close()
        for process in self.processes:
            wait_until(lambda process=process: not process.running, what=f"{process.name} has ended")  # type: ignore[misc]

    def _add(self, kind: str, those: list[Program], settings: Settings | None) -> Program:
        name = f"{kind}-{len(those) + 1}"
        program = Program(
            name,
            opptak(kind, modules=self._modules),
            log=self.folder / f"{name}.log",
            keeper=self._keeper,
            environ=environment(settings or self.settings),
        )
        program.start()
        those.append(program)
        return program

    def __enter__(self) -> "Deployment":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
