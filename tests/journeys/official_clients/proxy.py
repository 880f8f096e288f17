"""A proxy that leads Twilio's host names to a port of loopback, and everything else nowhere. Must not know clients.

Only CONNECT (RFC 9110, 9.3.6) is answered: what goes through is TLS between the client and whoever listens there.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HEADER_BYTES = 16 << 10
_CONNECT = re.compile(rb"CONNECT ([a-z0-9.-]+\.twilio\.com):443 HTTP/1\.[01]\r\n")


@dataclass(slots=True)
class Proxy:
    """A running proxy: its address, the host names that were asked for, and the first lines that were refused."""

    url: str = ""
    hosts: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


@contextmanager
def run_proxy(port: int) -> Iterator[Proxy]:
    """Run a proxy in a thread. All tunnels lead to `port` on loopback."""
    proxy = Proxy()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    try:
        tunnels = _Tunnels(proxy, port)
        server = asyncio.run_coroutine_threadsafe(tunnels.open(), loop).result(10)
        try:
            yield proxy
        finally:
            asyncio.run_coroutine_threadsafe(tunnels.close(server), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class _Tunnels:
    """The connections under way. State: one task for each, all in the proxy's loop."""

    def __init__(self, proxy: Proxy, port: int) -> None:
        self._proxy = proxy
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> asyncio.Server:
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0, limit=HEADER_BYTES)
        self._proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def close(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with _closing(writer):
                head = await reader.readuntil(b"\r\n\r\n")
                asked = _CONNECT.match(head)
                if asked is None:
                    self._proxy.refused.append(head.partition(b"\r\n")[0].decode("latin-1"))
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    await writer.drain()
                    return
                self._proxy.hosts.add(asked[1].decode())
                there, back = await asyncio.open_connection("127.0.0.1", self._port)
                async with _closing(back):
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    async with asyncio.TaskGroup() as both:
                        both.create_task(_pump(reader, back))
                        both.create_task(_pump(there, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on what comes, up to its end. A side that breaks off has ended."""
    with contextlib.suppress(OSError):
        while piece := await source.read(1 << 16):
            sink.write(piece)
            await sink.drain()
    sink.close()


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
