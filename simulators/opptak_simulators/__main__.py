"""`python -m opptak_simulators`: the training country on a local port."""

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import uvicorn

from opptak_simulators.asgi import Asgi
from opptak_simulators.ground import TrainingGround
from opptak_simulators.no.app import create_app, now
from opptak_simulators.population import country
from opptak_simulators.society import places


def instant(text: str) -> datetime:
    """An ISO instant; without an offset it is meant in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    presets = {part.slug: part.number for part in places.municipalities()}
    numbers = ", ".join(f"{slug} is {number}" for slug, number in presets.items())
    parser = argparse.ArgumentParser(prog="opptak_simulators", description=__doc__)
    parser.add_argument("--preset", action="append", choices=presets, help=f"repeatable; {numbers}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clock", type=instant, default=now(), help="ISO instant to start at")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8401)
    parser.add_argument("--base-url", help="where clients find it, if something stands in between")
    parser.add_argument("--ground", type=Path, required=True, help="made when it does not exist")
    return parser.parse_args(arguments)


def training_ground(path: Path, *, base_url: str, presets: Sequence[str], today: date) -> TrainingGround:
    """The ground in a file, or a fresh one when it is missing or made for something else."""
    founded = today
    if path.exists():
        ground = TrainingGround.load(path)
        known = {access.slug for access in ground.municipalities}
        if ground.base_url == base_url and known >= set(presets):
            return ground
        founded = ground.founded
    ground = TrainingGround.generate(base_url, presets, founded=founded)
    ground.save(path)
    return ground


def sandbox(arguments: argparse.Namespace) -> Asgi:
    """The application the options ask for."""
    presets, begins = arguments.preset or ["nordreisa"], arguments.clock
    ground = training_ground(
        arguments.ground,
        base_url=arguments.base_url or f"http://{arguments.host}:{arguments.port}",
        presets=presets,
        today=begins.date(),
    )
    people = country(presets, seed=arguments.seed, today=ground.founded)
    started = now()
    return create_app(people, ground, clock=lambda: begins + (now() - started))


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options(arguments)
    uvicorn.run(sandbox(chosen), host=chosen.host, port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
