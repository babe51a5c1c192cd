"""PgBouncer in transaction mode before a PostgreSQL, on a free loopback port; from Debian's package."""

import os
import shutil
import tempfile
from pathlib import Path

import msgspec
from sqlalchemy.engine import URL, make_url

from opptak.kit.db import Role
from opptak.kit.ports import free_port
from opptak.settings import Settings
from tests.servers.programs import Keeper, Program, listens

__all__ = ("PgBouncer", "through")

_ACCOUNT = "postgres"
"""PgBouncer does not run as root."""


class PgBouncer(Program):
    """A pooler that hands every transaction another connection; each role has a password of its own."""

    def __init__(self, folder: Path, keeper: Keeper, *, server: str, connections: int = 4) -> None:
        self.port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="opptak-pgbouncer-"))
        (self._home / "users").write_text("".join(f'"{role}" "{_password(role)}"\n' for role in Role))
        (self._home / "pgbouncer.ini").write_text(
            _settings(self.port, make_url(server), self._home, connections)
        )
        self._home.chmod(0o755)
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            "pgbouncer",
            ["pgbouncer", self._home / "pgbouncer.ini"],
            log=folder / "pgbouncer.log",
            keeper=keeper,
            environ={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin"},
            account=_ACCOUNT,
        )

    def up(self) -> None:
        """Start it and wait until it answers; raises NotUp."""
        self.start()
        self.wait_until(lambda: listens(self.port), what="the pooler listens")

    def close(self) -> None:
        """End it and remove its folder."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def url(self, role: Role, database: str) -> str:
        """Return a role's address through the pooler."""
        return f"postgresql://{role}:{_password(role)}@127.0.0.1:{self.port}/{database}"


def through(pooler: PgBouncer, settings: Settings) -> Settings:
    """Return settings whose application, platform and relay go through the pooler."""
    database = make_url(settings.database_url).database or ""
    return msgspec.structs.replace(
        settings,
        database_url=pooler.url(Role.APP, database),
        database_platform_url=pooler.url(Role.PLATFORM, database),
        database_relay_url=pooler.url(Role.RELAY, database),
        database_direct_url=settings.database_url,
    )


def _password(role: Role) -> str:
    return f"synthetic-{role}"


def _settings(port: int, server: URL, home: Path, connections: int) -> str:
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "pool_mode": "transaction",
        "auth_type": "scram-sha-256",
        "auth_file": home / "users",
        "default_pool_size": connections,
        "max_client_conn": 400,
        "server_login_retry": 1,
        "admin_users": Role.OWNER,
    }
    return "\n".join(
        (
            "[databases]",
            f"* = host={server.host} port={server.port}",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in lines.items()),
            "",
        )
    )
