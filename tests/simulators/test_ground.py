from pathlib import Path

import msgspec
import pytest

from opptak_simulators.ground import TrainingGround
from tests.simulators.conftest import BASE_URL


def test_ground_survives_its_file(ground: TrainingGround, tmp_path: Path) -> None:
    path = tmp_path / "new" / "ground.json"

    ground.save(path)

    assert TrainingGround.load(path) == ground
    assert path.stat().st_mode & 0o077 == 0


def test_ground_that_is_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ground.json"
    path.write_text("{}")

    with pytest.raises(msgspec.ValidationError):
        TrainingGround.load(path)


def test_ground_gives_every_municipality_its_own_secrets(ground: TrainingGround) -> None:
    one, other = ground.municipalities

    assert (one.municipality, one.organisation) == ("5544", "943350833")
    assert (other.municipality, other.organisation) == ("5540", "940363586")
    fields = [name for name in one.__struct_fields__ if getattr(one, name) == getattr(other, name)]
    assert fields == []


def test_issuers_differ_in_the_trailing_slash(ground: TrainingGround) -> None:
    assert ground.maskinporten_issuer == f"{BASE_URL}/maskinporten/"
    assert ground.idporten_issuer == f"{BASE_URL}/idporten"


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("http://nordreisa.localhost:8400/login/callback", True),
        ("http://nordreisa.localhost/login/callback", True),
        ("http://kafjord.localhost:1/login/callback", True),
        ("http://skjervoy.localhost:8400/login/callback", False),
        ("https://nordreisa.localhost:8400/login/callback", False),
        ("http://nordreisa.localhost:8400/login/callback/", False),
        ("http://nordreisa.localhost:8400/login/callback?next=/", False),
        ("http://nordreisa.localhost:8400/login/callback#x", False),
        ("http://me@nordreisa.localhost:8400/login/callback", False),
        ("http://nordreisa.localhost.evil.test:8400/login/callback", False),
        ("http://nordreisa.localhost:port/login/callback", False),
        ("", False),
    ],
)
def test_redirect_is_allowed_to_registered_addresses_at_any_port(
    ground: TrainingGround, uri: str, allowed: bool
) -> None:
    assert ground.allows_redirect(uri) is allowed
