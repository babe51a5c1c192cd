"""A small load generator: a fixed number of requests over a few kept-alive connections."""

import asyncio
import time

import msgspec

__all__ = ("Outcome", "hammer")


class Outcome(msgspec.Struct, frozen=True):
    """What a round of requests gave."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


async def hammer(
    port: int, host: str, path: str, *, cookie: str = "", connections: int = 16, each: int = 60
) -> Outcome:
    """Ask for a page over and over; raises AssertionError for anything but 200."""
    headers = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: keep-alive"]
    if cookie:
        headers.append(f"Cookie: {cookie}")
    request = ("\r\n".join(headers) + "\r\n\r\n").encode()
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, request, each) for _ in range(connections)))
    return Outcome(connections * each, time.perf_counter() - started)


async def _connection(port: int, request: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head.splitlines()[0]
        await reader.readexactly(_length(head))
    writer.close()
    await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise AssertionError("no content-length")
