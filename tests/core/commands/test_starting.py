"""What keeps a process from starting is told in one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from opptak.kit.ports import free_port

SERVE = (sys.executable, "-c", "from opptak.cli import main; main()", "serve")


def refusal(*program: str, **settings: str) -> str:
    """Return what `opptak serve`, or another program, writes before it gives up."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OPPTAK_")}
    environ |= {f"OPPTAK_{name}": value for name, value in settings.items()}
    ended = subprocess.run(  # noqa: S603 -- our own program
        program or SERVE, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    return ended.stderr


def test_port_in_use() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        told = refusal(PORT=str(port))
    assert told.startswith(f"Error: port {port} on 127.0.0.1 is in use by another program")
    assert told.count("\n") == 1


def test_misspelt_setting() -> None:
    told = "Error: OPPTAK_PROT: there is no such setting; right: did you mean PORT?\n"
    assert refusal(PROT=str(free_port())) == told


def test_setting_of_another_kind() -> None:
    assert refusal(PORT="eighty").startswith("Error: OPPTAK_PORT: ")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_made_files_that_did_not_come_along(command: str, tmp_path: Path) -> None:
    folder = f"assets.require_made.__defaults__ = (pathlib.Path({str(tmp_path)!r}),)"
    program = f"import pathlib; from opptak.ui import assets; {folder}; from opptak.cli import main; main()"
    told = refusal(sys.executable, "-c", program, command, DATA_DIR=str(tmp_path))
    assert told.startswith(f"Error: {tmp_path} lacks vendor/designsystemet.css, ")
    assert told.count("\n") == 1
