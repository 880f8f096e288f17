"""A whole gateway for tests, as `gettone start` has it: pool, follower, HTTP on a free port. Must not know control."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gettone.assembly.data_plane import DataPlane, open_data_plane
from gettone.assembly.listening import make_listener
from gettone.assembly.sockets import bind
from gettone.control.vault import GatewayKeys
from gettone.gateway.app import Gateway
from gettone.gateway.counting import Counting
from gettone.gateway.follow import Follower
from gettone.gateway.health import Health
from gettone.gateway.metrics import Metrics
from gettone.gateway.protocol import Edge, EdgeLimits
from gettone.gateway.shipping import Shipping
from gettone.settings import Settings
from tests.feeds import KEYS

PUBLIC_PORT = 8000
WAIT_SECONDS = 20.0
COUNTS_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """A response as it came. Header names are lower-case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key == name]


@dataclass
class Node:
    """A running gateway. `port` is where it listens."""

    port: int
    plane: DataPlane
    follower: Follower
    shipping: Shipping
    metrics: Metrics
    counting: Counting

    async def ask(
        self, host: str, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request on a connection of its own."""
        fields = {"host": host, "connection": "close", "content-length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
            async with asyncio.timeout(WAIT_SECONDS):
                answer = await reader.read()
        finally:
            writer.close()
        start, _, rest = answer.partition(b"\r\n\r\n")
        status, *lines = start.decode("latin-1").split("\r\n")
        pairs = [line.partition(": ") for line in lines]
        return Answer(int(status.split(" ")[1]), [(name.lower(), value) for name, _, value in pairs], rest)


async def until(holds: Callable[[], bool]) -> bool:
    """Wait, turn by turn of the loop, until something holds, but not for ever."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + WAIT_SECONDS
    while not holds() and loop.time() < deadline:
        turn = loop.create_future()
        loop.call_later(0.005, turn.set_result, None)
        await turn
    return holds()


@asynccontextmanager
async def open_node(folder: Path, socket: Path, keys: GatewayKeys = KEYS, spares: int = 0) -> AsyncIterator[Node]:
    """A gateway that keeps its state in a folder and follows a socket."""
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        counting = Counting(flush_seconds=COUNTS_SECONDS)
        stack.callback(counting.close)
        shipping = Shipping(metrics, counting)
        stack.callback(shipping.close)
        plane = await open_data_plane(Settings(spares=spares), shipping, shipping, packages=folder / "bundles")
        stack.push_async_callback(plane.close)
        shipping.find_environment = plane.current.find_environment
        follower = Follower(
            socket, keys.snapshot_key, keys.public_key, folder, plane.current, shipping, counting, port=PUBLIC_PORT
        )
        metrics.standing = lambda: follower.standing
        metrics.census = plane.pool.census
        metrics.dropped_lines = lambda: shipping.dropped_total
        health = Health(metrics, frozenset({"gettone.example"}))
        plane.gateway = Gateway(plane.current, plane.pool, shipping, health=health)
        plane.gateway.files = follower
        plane.edge = Edge(EdgeLimits(), plane.gateway.begin_whole)
        await follower.open()
        await stack.enter_async_context(_running(follower.run()))
        listener = make_listener(plane)
        (listening,) = bind(["127.0.0.1"], 0)
        stack.callback(listening.close)
        server = asyncio.create_task(listener._serve([listening]))
        try:
            yield Node(listening.getsockname()[1], plane, follower, shipping, metrics, counting)
        finally:
            listener.should_exit = True
            await server


@asynccontextmanager
async def _running(coroutine: object) -> AsyncIterator[None]:
    assert asyncio.iscoroutine(coroutine)
    task = asyncio.create_task(coroutine)
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
