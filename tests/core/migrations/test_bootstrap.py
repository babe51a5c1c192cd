"""First steps on an empty server."""

import psycopg
from sqlalchemy import make_url

from opptak.commands.processes import _passwords
from opptak.kit.db import Role
from opptak.migrations.bootstrap import create_database
from opptak.settings import Settings


def test_roles_get_the_passwords_of_their_addresses(database_url: str) -> None:
    administrator = make_url(database_url).set(drivername="postgresql", username="postgres")
    settings = Settings(
        database_url="postgresql://opptak_app:o'ne@db/opptak",
        database_relay_url="postgresql://opptak_relay:two@pooler/opptak",
    )
    passwords = _passwords(settings)
    assert passwords == {**dict.fromkeys(Role, "o'ne"), Role.RELAY: "two"}
    try:
        create_database(administrator.render_as_string(hide_password=False), passwords=passwords)
        assert _with_password(administrator.render_as_string(hide_password=False)) == {*Role}
    finally:
        _forget(administrator.render_as_string(hide_password=False))


def test_without_an_address_there_is_no_password() -> None:
    assert _passwords(Settings()) == {}
    assert _passwords(Settings(database_url="postgresql://opptak_app@db/opptak")) == {}


def _with_password(administrator: str) -> set[str]:
    with psycopg.connect(administrator) as connection:
        rows = connection.execute("select rolname from pg_authid where rolpassword is not null").fetchall()
    return {str(name) for (name,) in rows} & {*Role}


def _forget(administrator: str) -> None:
    with psycopg.connect(administrator) as connection:
        for role in Role:
            connection.execute(f"alter role {role} password null".encode())
