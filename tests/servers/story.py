"""Tell the demonstration's story on each broker, and compare the figures.

Usage: python -m tests.servers.story [--tenants nordreisa,kafjord]

Prints how long each took, and ends with 1 where a figure differs from those of the embedded broker.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from opptak.kit.ports import free_port
from opptak.settings import Settings
from tests.servers.brokers import BROKERS, start_broker
from tests.servers.deployment import environment, opptak
from tests.servers.programs import Keeper

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenants", default="nordreisa")
    tenants = parser.parse_args().tenants
    with tempfile.TemporaryDirectory() as folder, Keeper() as keeper:
        told = {"embedded": tell(Path(folder), "embedded:", tenants)}
        for name in BROKERS:
            broker = start_broker(name, Path(folder) / name, keeper)
            told[name] = tell(Path(folder), broker.url, tenants)
            broker.close()
    for name, figures in told.items():
        same = compared(figures) == compared(told["embedded"])
        say(f"{name:<9} {figures['total_seconds']:7.1f} s  {'the same figures' if same else 'OTHER FIGURES'}")
    return int(any(compared(figures) != compared(told["embedded"]) for figures in told.values()))


def tell(folder: Path, broker_url: str, tenants: str) -> Figures:
    """Tell the story in a fresh data folder; return its summary."""
    with tempfile.TemporaryDirectory(dir=folder) as data:
        settings = Settings(data_dir=data, broker_url=broker_url, port=free_port())
        summary = Path(data) / "summary.json"
        command = opptak("demo", "--once", "--tenants", tenants, "--summary", str(summary))
        subprocess.run(command, env=environment(settings), stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        figures: Figures = msgspec.json.decode(summary.read_bytes())
    return figures


def compared(figures: Figures) -> list[Figures]:
    """Return what must be equal: everything but the time it took."""
    return [
        {name: value for name, value in town.items() if name != "seconds"}
        for town in figures["municipalities"]
    ]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
