from datetime import date
from pathlib import Path

import httpx
import pytest

from opptak_simulators.__main__ import options, sandbox, training_ground
from opptak_simulators.ground import TrainingGround
from tests.simulators.conftest import BASE_URL

TODAY = date(2028, 9, 1)


def test_ground_is_kept_while_it_fits(
    ground: TrainingGround, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ground.json"
    ground.save(path)

    kept = training_ground(path, base_url=BASE_URL, presets=["kafjord"], today=TODAY)
    moved = training_ground(path, base_url="http://127.0.0.1:1", presets=["kafjord"], today=TODAY)
    grown = training_ground(path, base_url="http://127.0.0.1:1", presets=["kafjord", "skjervoy"], today=TODAY)

    assert kept == ground
    assert {made.founded for made in (moved, grown)} == {ground.founded}
    assert moved.maskinporten_key != ground.maskinporten_key
    assert [access.slug for access in grown.municipalities] == ["kafjord", "skjervoy"]
    assert TrainingGround.load(path) == grown


async def test_sandbox_starts_at_the_instant_given(ground: TrainingGround, tmp_path: Path) -> None:
    path = tmp_path / "ground.json"
    chosen = options(["--ground", str(path), "--clock", "2027-01-11T08:00:00", "--seed", "4"])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(sandbox(chosen)), base_url="http://127.0.0.1:8401"
    ) as client:
        health = (await client.get("/control/health")).json()

    assert health["now"].startswith("2027-01-11T08:00:0")
    assert path.exists()


def test_fresh_ground_is_founded_on_the_day_it_is_made(tmp_path: Path) -> None:
    made = training_ground(tmp_path / "ground.json", base_url=BASE_URL, presets=["kafjord"], today=TODAY)

    assert made.founded == TODAY


@pytest.mark.parametrize("arguments", [[], ["--ground", "x", "--preset", "atlantis"]])
def test_options_refuse_what_they_cannot_do(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        options(arguments)
