"""The embedded server against every PostgreSQL found here: the wheel's, and the system's if any."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from opptak.deployment import embedded_postgres
from opptak.kit import postgres_programs
from opptak.kit.postgres import (
    HOST,
    DataFolderFromOtherVersion,
    EmbeddedPostgres,
    PortInUse,
    ServerAddress,
    StillInUse,
    clone_database,
    drop_database,
)
from opptak.kit.postgres_programs import (
    WHEEL,
    WHEEL_INSTALLATION,
    WHEEL_LIBRARIES,
    Account,
    OutOfReach,
    ProgramsNotFound,
    ServerDidNotStart,
    find_programs,
)
from opptak.settings import Settings

SYSTEM_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(params=[None, *SYSTEM_PROGRAMS], ids=str)
def programs(request: pytest.FixtureRequest) -> str:
    return str(request.param or "")


@pytest.fixture
def server(tmp_path: Path, state: Path, request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    programs = str(request.getfixturevalue("programs")) if "programs" in request.fixturenames else ""
    server = EmbeddedPostgres(tmp_path / "data", durable=False, programs=programs)
    yield server
    server.remove()


def ask(address: ServerAddress, query: str, *, database: str = "postgres") -> list[tuple[object]]:
    with psycopg.connect(
        host=address.host, port=address.port, user="postgres", dbname=database, autocommit=True
    ) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.usefixtures("programs")
def test_server_answers_on_tcp_and_socket_with_unicode_and_utc(server: EmbeddedPostgres) -> None:
    address = server.start()

    assert address.answers()
    assert ask(address, "SELECT upper('åsne čáhppe')") == [("ÅSNE ČÁHPPE",)]
    assert ask(address, "SHOW timezone") == [("UTC",)]
    assert ask(address, "SHOW server_encoding") == [("UTF8",)]


@pytest.mark.usefixtures("programs")
def test_data_survives_a_restart(server: EmbeddedPostgres) -> None:
    ask(server.start(), "CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()

    assert ask(server.start(), "SELECT number FROM kept") == [(7,)]


@pytest.mark.usefixtures("programs")
def test_database_is_cloned_and_dropped(server: EmbeddedPostgres) -> None:
    address = server.start()
    clone_database(address, template="template1", name="model")
    ask(address, "CREATE TABLE unit (name text)", database="model")

    clone_database(address, template="model", name="copy")

    assert ask(address, "SELECT count(*) FROM unit", database="copy") == [(0,)]
    drop_database(address, name="copy")
    assert ask(address, "SELECT datname FROM pg_database WHERE datname IN ('model', 'copy')") == [("model",)]


@pytest.mark.usefixtures("state")
def test_durability_is_given_up_only_on_request(tmp_path: Path) -> None:
    durable = EmbeddedPostgres(tmp_path / "durable")
    scratch = EmbeddedPostgres(tmp_path / "scratch", durable=False)
    try:
        assert ask(durable.start(), "SHOW fsync") == [("on",)]
        assert ask(scratch.start(), "SHOW fsync") == [("off",)]
    finally:
        durable.remove()
        scratch.remove()


@pytest.mark.usefixtures("state")
def test_context_manager_stops_the_server(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data", durable=False)
    with server as address:
        assert address.answers()

    assert not address.answers()
    server.remove()


def test_second_starter_attaches_and_leaves_the_server_running(server: EmbeddedPostgres) -> None:
    address = server.start()
    second = EmbeddedPostgres(server._data_dir)

    assert second.start() == address
    with pytest.raises(StillInUse):
        second.remove()
    second.stop()
    assert address.answers()


def test_server_of_a_killed_starter_is_adopted(server: EmbeddedPostgres) -> None:
    program = (
        "import os, sys; from pathlib import Path; from opptak.kit.postgres import *;"
        "print(EmbeddedPostgres(Path(sys.argv[1]), durable=False).start().port, flush=True);"
        f"os.kill(os.getpid(), {signal.SIGKILL})"
    )
    killed = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", program, server._data_dir], stdout=subprocess.PIPE, check=False
    )
    assert killed.returncode == -signal.SIGKILL

    address = server.start()

    assert address.port == int(killed.stdout)
    server.stop()
    assert not address.answers()


@pytest.mark.usefixtures("state")
def test_server_recovers_from_a_killed_postmaster(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "data")
    address = server.start()
    ask(address, "CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(int((server._cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    while address.answers():
        time.sleep(0.01)
    server.stop()

    assert ask(server.start(), "SELECT number FROM kept") == [(7,)]
    server.remove()


def test_pid_file_naming_a_later_process_is_ignored(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    pid_file = server._cluster / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server._cluster}\n0\n5432\n/nowhere\n\n0\nready\n")

    assert server.start().answers()


def test_folder_of_another_version_is_refused(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server._cluster / "PG_VERSION").write_text("9\n")

    with pytest.raises(DataFolderFromOtherVersion, match="written by PostgreSQL 9"):
        server.start()


@pytest.mark.usefixtures("state")
def test_taken_port_is_refused_and_the_folder_stays_usable(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        server = EmbeddedPostgres(tmp_path / "data", durable=False, port=port)
        with pytest.raises(PortInUse, match=str(port)):
            server.start()

    assert server.start().port == port
    server.remove()


def test_failure_carries_the_words_of_postgresql(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    with (server._cluster / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")

    with pytest.raises(ServerDidNotStart, match="no_such_setting"):
        server.start()


@pytest.mark.usefixtures("state")
def test_long_and_odd_folder_names_work(tmp_path: Path) -> None:
    folder = tmp_path / 'a folder\'s "name"' / ("x" * 100)
    server = EmbeddedPostgres(folder, durable=False)

    address = server.start()

    assert address.answers()
    assert len(os.fsencode(address.socket_dir)) < 100
    server.remove()
    assert not folder.exists()


def test_missing_programs_are_reported(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), postgres_bin=str(tmp_path))

    with pytest.raises(ProgramsNotFound, match="OPPTAK_POSTGRES_BIN"):
        embedded_postgres(settings).start()


def test_account_enters_only_folders_open_to_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account(uid=os.getuid() + 4321, gid=os.getgid() + 4321)

    assert not stranger.can_enter(closed)
    assert stranger.can_enter(Path("/usr/lib"))
    assert Account(uid=closed.stat().st_uid, gid=0)._may_search(closed)


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    """A folder no other account may enter, as a home folder is."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a root process, here one that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(postgres_programs, "STATE_FOLDER", Path(folder))
        yield Path(folder)


if os.geteuid() == 0:  # only root has to hand the server over to another account

    def test_root_keeps_the_cluster_where_the_account_can_enter(closed_folder: Path, state: Path) -> None:
        server = EmbeddedPostgres(closed_folder / "data", durable=False)

        ask(server.start(), "CREATE TABLE kept AS SELECT 7 AS number")
        server.stop()

        assert server._cluster.is_symlink()
        assert server._cluster.resolve().parent == state
        assert ask(server.start(), "SELECT number FROM kept") == [(7,)]
        assert stat.S_IMODE(closed_folder.stat().st_mode) == 0o700
        server.remove()
        assert list(state.glob("cluster-*")) == []

    def test_root_copies_the_wheel_out_of_a_closed_folder_once(
        closed_folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packages = find_programs().folder.parents[2]
        for part in (WHEEL_INSTALLATION, WHEEL_LIBRARIES):
            shutil.copytree(packages / part, closed_folder / part, symlinks=True)
        (closed_folder / WHEEL / "__init__.py").touch()
        monkeypatch.syspath_prepend(closed_folder)

        with EmbeddedPostgres(closed_folder / "data", durable=False) as address:
            assert ask(address, "SELECT 1") == [(1,)]

        assert find_programs().folder.is_relative_to(state)
        assert len(list(state.glob("programs-*"))) == 1

    def test_root_is_told_when_configured_programs_are_out_of_reach(closed_folder: Path) -> None:
        (closed_folder / "initdb").touch()

        with pytest.raises(OutOfReach, match="only root may enter"):
            find_programs(str(closed_folder))

    def test_root_is_told_when_no_folder_can_be_made(
        closed_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_the_way = closed_folder / "file"
        in_the_way.touch()
        monkeypatch.setattr(postgres_programs, "STATE_FOLDER", in_the_way / "opptak")

        with pytest.raises(OutOfReach, match="does not run as root"):
            EmbeddedPostgres(closed_folder / "data").start()
