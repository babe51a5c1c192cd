"""What a municipality enters to send through KS Fiks; defaults are the services' own addresses."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from opptak.hooks.context import TrainingGround
from opptak.hooks.plugin import secret

__all__ = ("FiksSettings", "training_settings")


class FiksSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the plugin; `private_key` is a JSON Web Key with `kid`."""

    client_id: Annotated[str, Meta(min_length=1, description="fiks.setting.client_id")]
    private_key: Annotated[str, secret("fiks.setting.private_key")]
    integration_id: Annotated[str, Meta(min_length=1, description="fiks.setting.integration_id")]
    integration_password: Annotated[str, secret("fiks.setting.integration_password")]
    account_id: Annotated[str, Meta(min_length=1, description="fiks.setting.account_id")]
    accounting_code: Annotated[
        str, Meta(pattern=r"^[a-zA-Z0-9_.øæåØÆÅ-]{0,20}$", description="fiks.setting.accounting_code")
    ] = ""
    colour: Annotated[bool, Meta(description="fiks.setting.colour")] = False
    maskinporten_url: Annotated[str, Meta(pattern=r"/$", description="fiks.setting.maskinporten_url")] = (
        "https://maskinporten.no/"
    )
    svarut_url: Annotated[str, Meta(description="fiks.setting.svarut_url")] = "https://svarut.ks.no/api"


class _Credentials(msgspec.Struct):
    client_id: str
    client_key: dict[str, Any]
    integration_id: str
    integration_password: str
    account_id: str


def training_settings(ground: TrainingGround) -> FiksSettings:
    """Return settings for the simulated SvarUt; raises LookupError without credentials there."""
    if not ground.credentials:
        raise LookupError("fiks.hint.no_training")
    given = msgspec.convert(dict(ground.credentials), _Credentials)
    base = ground.base_url.rstrip("/")
    return FiksSettings(
        client_id=given.client_id,
        private_key=msgspec.json.encode(given.client_key).decode(),
        integration_id=given.integration_id,
        integration_password=given.integration_password,
        account_id=given.account_id,
        maskinporten_url=f"{base}/maskinporten/",
        svarut_url=f"{base}/svarut/api",
    )
