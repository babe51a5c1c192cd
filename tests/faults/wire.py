"""Wires between programs that can be cut: a TCP relay that loses connections, or one answer.

The trap every sender falls into once: the other side has done what it was asked, and the answer is lost.
`lose_answer` lets the next request of a kind through and ends the connection when the answer comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

__all__ = ("COMMIT", "FORM", "LETTER", "Wire")

COMMIT = b"COMMIT"
"""Found in what a client sends PostgreSQL at the end of a transaction."""
LETTER = b"/forsendelser HTTP"
"""Found in the request that hands a letter to SvarUt, and in no other."""
FORM = b"x-csrftoken"
"""Found in requests that change something on our own pages."""

_PIECE = 65536

Address = tuple[str, int]


class Wire:
    """One listening port whose connections go on to the first of `targets` that takes them, in turn."""

    def __init__(
        self, targets: Sequence[Address], *, pause: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._targets = list(targets)
        self._pause = pause
        self._turn = 0
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._marked: bytes | None = None
        self._lost = asyncio.Event()
        self.port = 0

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut everything and listen no more."""
        if self._server:
            self._server.close()
        self.cut()
        while self._connections:  # noqa: ASYNC110 -- they end by themselves
            await asyncio.sleep(0.01)

    def cut(self) -> int:
        """End all connections at once; return how many there were."""
        for connection in self._connections:
            connection.cut()
        return len(self._connections)

    async def lose_answer(self, request: bytes, *, within: float) -> bool:
        """Lose the answer to the next request that contains some bytes; return whether one came in time."""
        self._lost.clear()
        self._marked = request
        try:
            await asyncio.wait_for(self._lost.wait(), within)
        except TimeoutError:
            self._marked = None
            return False
        return True

    def asked(self, data: bytes) -> bool:
        """Return whether the answer to a request is to be lost; true once."""
        if self._marked is None or self._marked not in data:
            return False
        self._marked = None
        return True

    def lost(self) -> None:
        """Note that an answer was lost."""
        self._lost.set()

    async def pause(self) -> None:
        """Take the time that answers take on this wire."""
        if self._pause:
            await self._pause()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._targets:
            host, port = self._targets[self._turn % len(self._targets)]
            self._turn += 1
            with suppress(OSError):
                there = await asyncio.open_connection(host, port)
                connection = _Connection(self, (reader, writer), there)
                self._connections.add(connection)
                try:
                    await connection.run()
                finally:
                    self._connections.discard(connection)
                return
        writer.transport.abort()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    def __init__(self, wire: Wire, here: Stream, there: Stream) -> None:
        self._wire = wire
        self._here = here
        self._there = there
        self._doomed = False

    async def run(self) -> None:
        """Carry bytes both ways until either side ends."""
        ways = [
            asyncio.ensure_future(self._carry(self._here[0], self._there[1], self._ask)),
            asyncio.ensure_future(self._carry(self._there[0], self._here[1], self._answer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.cut()
            await asyncio.gather(*ways, return_exceptions=True)
            await self.ended()

    def cut(self) -> None:
        """End it on both sides, without a goodbye."""
        for _, writer in (self._here, self._there):
            writer.transport.abort()

    async def ended(self) -> None:
        """Wait until both sides know."""
        for _, writer in (self._here, self._there):
            with suppress(OSError):
                await writer.wait_closed()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        look: Callable[[bytes], Awaitable[bool]],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                if not await look(data):
                    return
                writer.write(data)
                await writer.drain()

    async def _ask(self, data: bytes) -> bool:
        self._doomed = self._wire.asked(data) or self._doomed
        return True

    async def _answer(self, _data: bytes) -> bool:
        if self._doomed:
            self._wire.lost()
            return False
        await self._wire.pause()
        return True
