"""What a municipality enters to use the Norwegian registers; defaults are the authorities' own addresses."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from opptak.hooks.context import TrainingGround
from opptak.hooks.plugin import secret

__all__ = ("RegistrySettings", "training_settings")


class RegistrySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of the plugin. The open registers and the rules need none of them.

    `private_key` is a JSON Web Key with `kid`; `consumer` is the municipality's organisation number.
    """

    client_id: Annotated[str, Meta(description="registry_no.setting.client_id")] = ""
    private_key: Annotated[str, secret("registry_no.setting.private_key")] = ""
    consumer: Annotated[str, Meta(pattern=r"^([0-9]{9})?$", description="registry_no.setting.consumer")] = ""
    idporten_client_id: Annotated[str, Meta(description="registry_no.setting.idporten_client_id")] = ""
    idporten_client_secret: Annotated[str, secret("registry_no.setting.idporten_client_secret")] = ""
    idporten_level: Annotated[
        str,
        Meta(
            pattern=r"^idporten-loa-(low|substantial|high)$", description="registry_no.setting.idporten_level"
        ),
    ] = "idporten-loa-high"
    synthetic: Annotated[bool, Meta(description="registry_no.setting.synthetic")] = False
    maskinporten_url: Annotated[
        str, Meta(pattern=r"/$", description="registry_no.setting.maskinporten_url")
    ] = "https://maskinporten.no/"
    idporten_url: Annotated[str, Meta(description="registry_no.setting.idporten_url")] = "https://idporten.no"
    folkeregister_url: Annotated[str, Meta(description="registry_no.setting.folkeregister_url")] = (
        "https://folkeregisteret.api.skatteetaten.no/folkeregisteret/offentlig-med-hjemmel/api/v1"
    )
    contact_url: Annotated[str, Meta(description="registry_no.setting.contact_url")] = (
        "https://kontaktregisteret.no/rest/v2"
    )
    nbr_url: Annotated[str, Meta(description="registry_no.setting.nbr_url")] = "https://data-nbr.udir.no/v4"
    barnehagefakta_url: Annotated[str, Meta(description="registry_no.setting.barnehagefakta_url")] = (
        "https://www.barnehagefakta.no/api"
    )
    address_url: Annotated[str, Meta(description="registry_no.setting.address_url")] = (
        "https://ws.geonorge.no/adresser/v1"
    )
    tiles_url: Annotated[str, Meta(description="registry_no.setting.tiles_url")] = (
        "https://cache.kartverket.no/v1/wmts/1.0.0"
    )


class _Credentials(msgspec.Struct):
    client_id: str = ""
    client_key: dict[str, Any] | None = None
    organisation: str = ""
    idporten_client_id: str = ""
    idporten_client_secret: str = ""


def training_settings(ground: TrainingGround) -> RegistrySettings:
    """Return settings for the simulated authorities.

    A municipality they don't know has no credentials there: it has the rules and the open registers.
    """
    given = msgspec.convert(dict(ground.credentials), _Credentials)
    base = ground.base_url.rstrip("/")
    return RegistrySettings(
        client_id=given.client_id,
        private_key=msgspec.json.encode(given.client_key).decode() if given.client_key else "",
        consumer=given.organisation,
        idporten_client_id=given.idporten_client_id,
        idporten_client_secret=given.idporten_client_secret,
        synthetic=True,
        maskinporten_url=f"{base}/maskinporten/",
        idporten_url=f"{base}/idporten",
        folkeregister_url=f"{base}/folkeregisteret/offentlig-med-hjemmel/api/v1",
        contact_url=f"{base}/krr/rest/v2",
        nbr_url=f"{base}/nbr/v4",
        barnehagefakta_url=f"{base}/barnehagefakta/api",
        address_url=f"{base}/kartverket/adresser/v1",
        tiles_url=f"{base}/kartverket/v1/wmts/1.0.0",
    )
