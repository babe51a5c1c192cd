"""A PostgreSQL that is killed and started again on the same port, as a crashed server is."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from opptak.kit.ports import free_port
from opptak.kit.postgres import EmbeddedPostgres, ServerAddress
from opptak.kit.postgres_programs import EmbeddedPostgresError
from opptak.migrations.bootstrap import DATABASE, prepare

__all__ = ("Postgres",)

_PATIENCE = 60.0


class Postgres:
    """One server, durable: what it has committed it must still have after any crash."""

    def __init__(self, folder: Path) -> None:
        self._cluster = folder / "cluster"
        self._server = EmbeddedPostgres(folder, port=free_port())
        self._address = self._server.start()
        prepare(self._address.url(database="postgres"))

    @property
    def port(self) -> int:
        """Where it listens; the same after every restart."""
        return self._address.port

    def url(self, *, port: int | None = None, user: str = "opptak_app") -> str:
        """Return the database's address, on a wire's port if one is given."""
        address = self._address if port is None else msgspec.structs.replace(self._address, port=port)
        return address.url(database=DATABASE, user=user)

    def kill(self) -> None:
        """Kill the server where it stands (SIGKILL), and start it again once its children are gone."""
        self._break(signal.SIGKILL)

    def restart(self) -> None:
        """Have it drop everything at once (SIGQUIT, which is a crash as far as the data go), and start it."""
        self._break(signal.SIGQUIT)

    def remove(self) -> None:
        """Stop it and delete its data."""
        self._server.remove()

    def _break(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(int((self._cluster / "postmaster.pid").read_text().split()[0]), how)
        deadline = time.monotonic() + _PATIENCE
        while _at_work_in(self._cluster.resolve()) and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._server._process:
            self._server._process.wait(_PATIENCE)
        self._address = self._start(deadline)

    def _start(self, deadline: float) -> ServerAddress:
        while True:
            try:
                return self._server.start()
            except EmbeddedPostgresError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def _at_work_in(folder: Path) -> bool:
    """Return whether a process has its working directory there, as all of a server's have."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if (process / "cwd").readlink() == folder:
                    return True
    return False
