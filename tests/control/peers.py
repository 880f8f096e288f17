"""The other end of the feed, message by message, for tests. Must not know what a gateway does with them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from gettone.wire.feed import ControlMessage, Follow, GatewayMessage, Published, encode, read_control

M = TypeVar("M")


class Peer:
    """One connection. `hear` waits for the next message, which must be of the kind that is asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._messages = read_control()
        self._heard: deque[ControlMessage] = deque()

    def say(self, *messages: GatewayMessage) -> None:
        """Send messages."""
        for message in messages:
            self.writer.write(encode(message))

    async def hear(self, kind: type[M]) -> M:
        """The next message."""
        async with asyncio.timeout(10):
            while not self._heard:
                data = await self._reader.read(1 << 16)
                if not data:
                    raise EOFError("control ended the connection")
                self._heard.extend(self._messages.feed(data))
        message = self._heard.popleft()
        assert isinstance(message, kind), f"heard {type(message).__name__}, not {kind.__name__}"
        return message

    async def follow(self, have: int = 0) -> Published:
        """Say who is there, and hear what is published."""
        self.say(Follow(have))
        return await self.hear(Published)

    async def is_let_go(self) -> bool:
        """Whether control ends the connection, soon."""
        try:
            async with asyncio.timeout(10):
                while await self._reader.read(1 << 16):
                    pass
        except ConnectionError:
            pass
        return True


@asynccontextmanager
async def peer(path: Path) -> AsyncIterator[Peer]:
    """A connection to a feed."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)
