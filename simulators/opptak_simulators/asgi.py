"""ASGI by its bare protocol, for code that stands outside any framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]
"""An application; frameworks type the three arguments more narrowly than the protocol does."""


async def answer(
    send: Send,
    *,
    status: int,
    body: bytes,
    content_type: str = "application/json",
    retry_after: int | None = None,
    unfinished: bool = False,
) -> None:
    """Send an answer; an unfinished one promises more than it brings."""
    headers = {
        "content-type": content_type,
        "content-length": str(len(body) * (2 if unfinished else 1)),
    }
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": unfinished})
