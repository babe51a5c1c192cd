"""A real PostgreSQL of one's own, run from a data folder: for the demo, training and the tests.

The folder holds `owner.lock`, locked for as long as its holder lives, so that exactly one process
starts and stops the server while others attach; and `cluster`, the PostgreSQL data directory.

PostgreSQL refuses to run as root. A root process therefore runs it as `postgres` or `nobody`, and
where that account cannot enter the data folder or the programs (a checkout under a home folder of
mode 700), they live under `/var/lib/opptak` instead and `cluster` is a link; removing the data
folder is then still a fresh start. No permission outside these folders is ever changed.

The server trusts whoever can connect from this machine: it is meant for synthetic people only.
"""

import atexit
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import msgspec
import psycopg
from psycopg.sql import SQL, Composed, Identifier

from opptak.kit.postgres_programs import (
    EmbeddedPostgresError,
    Programs,
    ServerDidNotStart,
    find_programs,
    give,
    state_folder,
)

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 30
LONGEST_SOCKET_FOLDER = 80  # a socket's path may be 103 bytes long on the strictest system
SCRATCH_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class DataFolderFromOtherVersion(EmbeddedPostgresError):
    """The data folder was written by another major version of PostgreSQL."""


class PortInUse(EmbeddedPostgresError):
    """Something else listens on the port asked for."""


class StillInUse(EmbeddedPostgresError):
    """The data folder cannot be removed while another process runs a server on it."""


class ServerAddress(msgspec.Struct, frozen=True):
    """Where a running server answers, on loopback TCP and on a Unix socket alike."""

    host: str
    port: int
    socket_dir: Path

    def url(self, *, database: str, user: str = SUPERUSER) -> str:
        """An SQLAlchemy address with the psycopg driver, over TCP."""
        return f"postgresql+psycopg://{quote(user)}@{self.host}:{self.port}/{quote(database)}"

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket_dir / f".s.PGSQL.{self.port}")) == 0


class EmbeddedPostgres:
    """One server over one data folder; also a context manager that starts and stops it.

    `durable=False` lets the machine lose the data on a power cut in return for speed: for tests.
    `programs` is a folder with other PostgreSQL programs than the `embedded` extra's.
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = True, port: int | None = None, programs: str = ""
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._durable = durable
        self._port = port
        self._programs = programs
        self._lock: FileIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> ServerAddress:
        """Start the server, or attach to the one already running on this data folder.

        A server left behind by a process that was killed is adopted: `stop` will stop it. One that
        a living process started is only attached to, whatever port was asked for.

        Raises:
            EmbeddedPostgresError: one of the subclasses above.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True)
        try:
            return self._start_or_attach()
        except BaseException:
            self._release()
            raise

    def stop(self) -> None:
        """Stop the server if this object started or adopted it; otherwise leave it running."""
        if self._lock is None:
            return
        try:
            _end_postmaster(self._cluster)
            if self._process:
                self._process.wait()
        finally:
            self._release()

    def remove(self) -> None:
        """Stop the server and delete its data folder, wherever the cluster really lives.

        Raises:
            StillInUse: a living process other than this one started the server.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or _try_lock(self._data_dir / "owner.lock")
        if self._lock is None:
            raise StillInUse(f"another process runs PostgreSQL on {self._data_dir}; stop it first")
        self.stop()
        shutil.rmtree(self._cluster.resolve(), ignore_errors=True)
        shutil.rmtree(self._data_dir, ignore_errors=True)

    def _start_or_attach(self) -> ServerAddress:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._lock = self._lock or _try_lock(self._data_dir / "owner.lock")
            if address := _serving(self._cluster):
                return self._take(address)
            if self._lock and not _living_postmaster(self._cluster):
                return self._take(self._launch())
            time.sleep(0.02)
        raise ServerDidNotStart(f"another process is still starting {self._data_dir}")

    def _take(self, address: ServerAddress) -> ServerAddress:
        if self._lock:
            self._sockets = address.socket_dir
            atexit.register(self.stop)
        return address

    def _release(self) -> None:
        atexit.unregister(self.stop)
        if self._sockets and self._sockets != self._cluster.resolve():
            shutil.rmtree(self._sockets, ignore_errors=True)
        if self._lock:
            self._lock.close()
        self._lock = self._process = self._sockets = None

    @property
    def _cluster(self) -> Path:
        return self._data_dir / "cluster"

    def _launch(self) -> ServerAddress:
        programs = find_programs(self._programs)
        version = programs.major_version()
        if not self._cluster.exists():
            self._initialise(programs, version=version)
        _require_version(self._cluster, version)
        port = self._port if self._port is not None else _free_port()
        _require_free(port)
        cluster = self._cluster.resolve()
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        options = self._server_options(port, programs=programs)
        log = cluster / "server.log"
        self._process = programs.launch("postgres", "-D", cluster, *options, log=log)
        return self._ready_address(self._process, log)

    def _ready_address(self, process: subprocess.Popen[bytes], log: Path) -> ServerAddress:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if address := _serving(self._cluster):
                return address
            time.sleep(0.01)
        process.kill()
        process.wait()
        raise ServerDidNotStart(_tail(log))

    def _initialise(self, programs: Programs, *, version: int) -> None:
        """Build the cluster aside and move it into place whole, so that no half one is ever met."""
        home = self._data_dir
        if programs.account and not programs.account.can_enter(home):
            home = state_folder()
        fresh = Path(tempfile.mkdtemp(prefix="cluster-", dir=home))
        give(fresh, to=programs.account)
        locale = ["--locale=C.UTF-8"]
        if version >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        sync = [] if self._durable else ["--no-sync"]
        identity = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        try:
            programs.run("initdb", "-D", fresh, *identity, *locale, *sync, "--no-instructions")
        except ServerDidNotStart:
            shutil.rmtree(fresh)
            raise
        if home == self._data_dir:
            fresh.rename(self._cluster)
        else:
            self._cluster.unlink(missing_ok=True)
            self._cluster.symlink_to(fresh)

    def _server_options(self, port: int, *, programs: Programs) -> list[str]:
        settings = ["timezone=UTC", *([] if self._durable else SCRATCH_SETTINGS)]
        self._sockets = self._cluster.resolve()
        if len(os.fsencode(self._sockets)) > LONGEST_SOCKET_FOLDER:
            parent = state_folder() if programs.account else None
            self._sockets = Path(tempfile.mkdtemp(prefix="opptak-sockets-", dir=parent))
            give(self._sockets, to=programs.account)
        options = ["-h", HOST, "-p", str(port), "-k", str(self._sockets)]
        return [*options, *(part for one in settings for part in ("-c", one))]


def clone_database(address: ServerAddress, *, template: str, name: str) -> None:
    """Create database `name` as a copy of `template`, which must have no open connection."""
    _administer(
        address,
        SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log").format(Identifier(name), Identifier(template)),
    )


def drop_database(address: ServerAddress, *, name: str) -> None:
    """Drop database `name` if it exists, ending whatever connections it still has."""
    _administer(address, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _administer(address: ServerAddress, statement: Composed) -> None:
    with psycopg.connect(
        host=str(address.socket_dir),
        port=address.port,
        user=SUPERUSER,
        dbname=SUPERUSER,
        autocommit=True,
    ) as connection:
        connection.execute(statement)


def _try_lock(path: Path) -> FileIO | None:
    lock = path.open("ab", buffering=0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _pid_file(cluster: Path) -> list[str]:
    """The lines PostgreSQL keeps about its running server: pid, folder, start, port, socket, …."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _serving(cluster: Path) -> ServerAddress | None:
    """Where the cluster's server answers; None when it runs no more, or not yet."""
    match _pid_file(cluster):
        case [_, _, _, port, sockets, _, _, status] if status.strip() == "ready":
            address = ServerAddress(host=HOST, port=int(port), socket_dir=Path(sockets))
            return address if address.answers() else None
    return None


def _living_postmaster(cluster: Path) -> int | None:
    """The pid on file if it is this cluster's server, and not a zombie or a later process."""
    match _pid_file(cluster):
        case [pid, _, _, port, sockets, *_]:
            if sys.platform != "linux":
                return int(pid) if (Path(sockets) / f".s.PGSQL.{port}").exists() else None
            with suppress(OSError):
                return int(pid) if Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve() else None
    return None


def _end_postmaster(cluster: Path) -> None:
    """Stop the server: politely to its clients first, and at once if that takes too long."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + STOP_SECONDS
        if pid := _living_postmaster(cluster):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        while _living_postmaster(cluster) and time.monotonic() < deadline:
            time.sleep(0.01)


def _require_version(cluster: Path, version: int) -> None:
    written = int((cluster / "PG_VERSION").read_text())
    if written != version:
        raise DataFolderFromOtherVersion(
            f"{cluster} was written by PostgreSQL {written}, and this is {version}: remove the "
            f"folder to start afresh, or point OPPTAK_POSTGRES_BIN at PostgreSQL {written}'s bin"
        )


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _require_free(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise PortInUse(f"port {port} on {HOST}: {error.strerror}; choose another one") from error


def _tail(log: Path) -> str:
    """The end of the server's log, which names no person before the server has started."""
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""
