"""What keeps a process from starting is told in one line."""

import os
import socket
import subprocess
import sys

from opptak.kit.ports import free_port

SERVE = (sys.executable, "-c", "from opptak.cli import main; main()", "serve")


def refusal(**settings: str) -> str:
    """Return what `opptak serve` writes before it gives up."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OPPTAK_")}
    environ |= {f"OPPTAK_{name}": value for name, value in settings.items()}
    ended = subprocess.run(  # noqa: S603 -- our own program
        SERVE, env=environ, capture_output=True, text=True, timeout=60, check=False
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
    assert refusal(PROT=str(free_port())) == "Error: OPPTAK settings: Object contains unknown field `prot`\n"
