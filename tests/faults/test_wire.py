"""Wires carry bytes both ways until they are cut, and lose one answer when asked to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from tests.faults.wire import Wire


class Echo:
    """Says again what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionResetError):
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(line)
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection for good."""
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def wire(echo: Echo) -> AsyncIterator[Wire]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = Wire([("127.0.0.1", server.sockets[0].getsockname()[1])])
    await made.open()
    yield made
    await made.close()
    server.close()


async def said(wire: Wire, *lines: bytes) -> list[bytes]:
    """Say some lines on one connection; return the answers, empty where it was cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    answers = []
    for line in lines:
        writer.write(line)
        try:
            answers.append(await reader.readline())
        except ConnectionResetError:
            answers.append(b"")
    await hang_up(writer)
    return answers


async def test_what_is_said_comes_back(wire: Wire) -> None:
    assert await said(wire, b"one\n", b"two\n") == [b"one\n", b"two\n"]


async def test_marked_request_arrives_and_its_answer_does_not(wire: Wire, echo: Echo) -> None:
    losing = asyncio.create_task(wire.lose_answer(b"COMMIT", within=10))
    await asyncio.sleep(0)

    answers = await said(wire, b"begin\n", b"COMMIT\n")

    assert answers == [b"begin\n", b""]
    assert echo.heard == [b"begin\n", b"COMMIT\n"]
    assert await losing
    assert await said(wire, b"COMMIT\n") == [b"COMMIT\n"]


async def test_nothing_lost_where_nothing_was_asked(wire: Wire) -> None:
    assert not await wire.lose_answer(b"COMMIT", within=0)
    assert await said(wire, b"COMMIT\n") == [b"COMMIT\n"]


async def test_cut_ends_all_connections(wire: Wire) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"one\n")
    assert await reader.readline() == b"one\n"

    assert wire.cut() == 1

    with suppress(ConnectionResetError):
        assert await reader.readline() == b""
    await hang_up(writer)


async def test_other_end_takes_over_from_one_that_is_gone(echo: Echo) -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    gone = await asyncio.start_server(echo, "127.0.0.1", 0)
    ends = [one.sockets[0].getsockname() for one in (gone, server)]
    gone.close()
    await gone.wait_closed()
    wire = Wire(ends)
    await wire.open()

    assert [await said(wire, b"one\n") for _ in range(2)] == [[b"one\n"], [b"one\n"]]
    await wire.close()
    server.close()
