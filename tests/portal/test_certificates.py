"""A family's own line of the certificate, and the certificates for everybody."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from opptak.admission.schemas import ApplicationView
from opptak_verifier.lines import check_line
from tests.core.scene import Household, Scene
from tests.portal.conftest import LogIn
from tests.portal.visitor import Visitor

PUBLISHED = "/.well-known/opptak-certificates.json"


async def decided(scene: Scene) -> tuple[Household, ApplicationView]:
    """A family whose round is decided."""
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()
    await scene.release()
    return home, application


async def test_line_is_for_the_family_alone(scene: Scene, log_in: LogIn, stranger: Visitor) -> None:
    home, application = await decided(scene)
    other = await log_in(await scene.family())
    for page in ("certificate", "line.json", "certificate.json"):
        path = f"/applications/{application.id}/{page}"
        assert (await stranger.get(path)).status_code == 303
        assert (await other.get(path)).status_code == 404
        assert (await (await log_in(home)).get(path)).status_code == 200


async def test_line_and_certificate_convince_the_verifier(scene: Scene, log_in: LogIn) -> None:
    home, application = await decided(scene)
    parent, path = await log_in(home), f"/applications/{application.id}"
    line = (await parent.get(f"{path}/line.json")).content
    certificate = (await parent.get(f"{path}/certificate.json")).content
    page = await parent.read(f"{path}/certificate")

    assert check_line(line, certificate).passed
    assert "Svaret står i attesten" in page
    assert "Barnehage a" in page
    assert json.loads(certificate)["merkle_root"] in page
    assert "/certificate" in await parent.read(f"{path}/why")


async def test_there_is_no_line_before_the_release(scene: Scene, log_in: LogIn) -> None:
    houses = await scene.houses(a=1)
    home = await scene.family()
    [application] = await scene.apply(home, houses["a"])
    await scene.close()

    assert (await (await log_in(home)).get(f"/applications/{application.id}/certificate")).status_code == 404


async def test_certificates_are_for_everybody_and_signed(scene: Scene, stranger: Visitor) -> None:
    assert (await stranger.get(PUBLISHED)).json() == []
    _, application = await decided(scene)
    found = await stranger.get(PUBLISHED)
    [signed] = found.json()
    key = load_pem_public_key(signed["public_key"].encode())
    signature, certificate = (base64.b64decode(signed[part]) for part in ("signature", "certificate"))

    assert isinstance(key, Ed25519PublicKey)
    key.verify(signature, certificate)
    assert str(application.id) not in found.text
