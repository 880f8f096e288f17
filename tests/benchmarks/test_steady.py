"""The steady load: it sends whether or not it is answered, and tells every answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks.steady import SteadyJob, SteadyLoad

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """A server on a free port of loopback."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            pass  # whoever asked is done
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def perform(serve: Serve, over: asyncio.Event) -> SteadyLoad:
    """Load a server until it is over."""
    async with serving(serve) as port:
        load = SteadyLoad(SteadyJob(port, "there.localhost", "/version", rate=500.0))
        await load.run(over)
    return load


def test_it_does_not_wait_for_answers() -> None:
    """A server that answers nothing before five have asked is asked by five, each on a connection of its own."""

    async def run() -> tuple[SteadyLoad, int]:
        over, all_asked = asyncio.Event(), asyncio.Event()
        connections = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            while await reader.readuntil(b"\r\n\r\n"):
                if connections == 5:
                    all_asked.set()
                    over.set()
                await all_asked.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7")

        async with asyncio.timeout(20):
            return await perform(serve, over), connections

    load, connections = asyncio.run(run())

    assert connections >= 5
    assert {(reply.status, reply.body) for reply in load.replies} == {(200, "7")}
    assert len(load.replies) >= 5


def test_it_asks_for_the_path_at_the_host() -> None:
    """As the job says."""

    async def run() -> bytes:
        over = asyncio.Event()
        heard = b""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal heard
            heard = await reader.readuntil(b"\r\n\r\n")
            over.set()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n7")

        await perform(serve, over)
        return heard

    assert asyncio.run(run()).startswith(b"GET /version HTTP/1.1\r\nHost: there.localhost\r\n")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", 503),
        (b"nonsense\r\n\r\n", 0),
        (b"", 0),
    ],
    ids=["an error", "no HTTP", "nothing"],
)
def test_what_fails_is_told(answer: bytes, status: int) -> None:
    """An answer that is none has status 0, and a reason."""

    async def run() -> SteadyLoad:
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            over.set()
            writer.write(answer)

        return await perform(serve, over)

    load = asyncio.run(run())

    assert {reply.status for reply in load.replies} == {status}
    assert all(reply.body for reply in load.replies if not reply.status)
