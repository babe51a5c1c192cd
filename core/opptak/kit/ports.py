"""Ports: told apart before a server trips over them."""

import socket

from opptak.kit.errors import StartRefused

__all__ = ("PortTaken", "free_port", "require_free")


class PortTaken(StartRefused):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is in use by another program; stop it or choose another with OPPTAK_PORT"
        )


def require_free(host: str, port: int) -> None:
    """Raise PortTaken when a server could not listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host, port) from error


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
