"""Talking to an application without a network."""

import httpx
from litestar import Litestar

__all__ = ("within",)


def within(app: Litestar, *, raising: bool = True) -> httpx.ASGITransport:
    """Return a transport straight into an application; unless `raising`, an exception is its 500 page."""
    # Litestar and httpx spell the same ASGI types differently.
    return httpx.ASGITransport(app, raise_app_exceptions=raising)  # type: ignore[arg-type]
