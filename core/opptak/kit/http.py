"""The one place where HTTP clients are made: limits, time-outs and user agent in one hand."""

import httpx

__all__ = ("outside_client",)


def outside_client(
    *, transport: httpx.AsyncBaseTransport | None = None, timeout: float = 20.0
) -> httpx.AsyncClient:
    """Return a client for calls to authorities; `timeout` in seconds, redirects are not followed."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(timeout, connect=5.0),
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
        headers={"User-Agent": "opptak"},
        follow_redirects=False,
        trust_env=False,
    )
