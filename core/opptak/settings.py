"""Settings of the deployment, read from the environment once at start.

Each field of `Settings` is the variable `OPPTAK_<FIELD>`; what a municipality decides is in its tenant
document.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from opptak.kit.errors import StartRefused
from opptak.kit.mistakes import nearest

__all__ = ("Settings", "SettingsInvalid", "environment", "read_settings")


class SettingsInvalid(StartRefused):
    """A variable is unknown or has a value that can't be read; the message names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the deployment."""

    data_dir: Annotated[str, Meta(description="Folder of the embedded database, keys and files.")] = ".opptak"
    database_url: Annotated[
        str, Meta(description="PostgreSQL 15–18 (may be PgBouncer); empty starts the embedded one.")
    ] = ""
    database_direct_url: Annotated[
        str, Meta(description="The same server without a pooler; defaults to OPPTAK_DATABASE_URL.")
    ] = ""
    database_owner_url: Annotated[
        str, Meta(description="Address for role opptak_owner, if it differs by more than the user.")
    ] = ""
    database_platform_url: Annotated[str, Meta(description="Address for role opptak_platform.")] = ""
    database_relay_url: Annotated[str, Meta(description="Address for role opptak_relay.")] = ""
    postgres_bin: Annotated[
        str, Meta(description="Folder with other PostgreSQL binaries for the embedded database.")
    ] = ""
    broker_url: Annotated[str, Meta(description="`embedded:`, `amqp://…` or `redis://…`.")] = "embedded:"
    master_key: Annotated[
        str, Meta(description="32 bytes in base64; empty keeps a key file in the data folder.")
    ] = ""
    host: Annotated[str, Meta(description="Address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port of the web server.", ge=0, le=65535)] = 8400
    base_domain: Annotated[str, Meta(description="Domain under which tenants get a host of their own.")] = (
        "localhost"
    )
    secure_cookies: Annotated[bool, Meta(description="Cookies over https only; switch off on localhost.")] = (
        True
    )
    sandbox_url: Annotated[
        str, Meta(description="Where the simulated authorities answer, for training tenants.")
    ] = ""
    clock: Annotated[
        str,
        Meta(description="For demonstrations: ISO instant at which the clock starts, or `file:` and a path."),
    ] = ""
    worker_threads: Annotated[
        int,
        Meta(
            description="Jobs at the same time in one worker process, besides one somebody waits for.",
            ge=1,
            le=64,
        ),
    ] = 4
    metrics_token: Annotated[
        str,
        Meta(description="Bearer token that opens `/metrics`; without one it answers this machine alone."),
    ] = ""
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Meta(description="DEBUG, INFO, WARNING or ERROR.")
    ] = "INFO"

    @property
    def url_template(self) -> str:
        """Where a tenant's portal answers, with `{host}`; nothing on localhost is behind https."""
        if self.secure_cookies and self.base_domain != "localhost":
            return "https://{host}"
        return f"http://{{host}}:{self.port}"

    @property
    def data_path(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data_dir).resolve()


def read_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings; raises SettingsInvalid with the name of the variable."""
    source = os.environ if environ is None else environ
    values: dict[str, object] = {
        name.removeprefix("OPPTAK_").lower(): value
        for name, value in source.items()
        if name.startswith("OPPTAK_")
    }
    for name in values.keys() - {*Settings.__struct_fields__}:
        right = nearest(name.upper(), [field.upper() for field in Settings.__struct_fields__])
        raise SettingsInvalid(f"OPPTAK_{name.upper()}: there is no such setting; right: {right}")
    try:
        return msgspec.convert({**values, **overrides}, Settings, strict=False)
    except msgspec.ValidationError as error:
        told, _, name = str(error).removesuffix("`").rpartition(" - at `$.")
        raise SettingsInvalid(f"OPPTAK_{name.upper()}: {told}") from error


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that `read_settings` of another process reads these settings from."""
    return {
        f"OPPTAK_{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in msgspec.structs.asdict(settings).items()
    }
