"""One connection to the feed, with another end that does as it likes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gettone.gateway.link import Link, LinkLost
from gettone.wire.feed import (
    BlobPiece,
    ControlMessage,
    FeedError,
    GatewayMessage,
    Published,
    SegmentHere,
    WantBlob,
    encode,
    read_gateway,
)

pytestmark = pytest.mark.anyio

DIGEST = "ab" * 32
Says = Callable[[ControlMessage], None]


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


@asynccontextmanager
async def linked(
    folder: Path, answer: Callable[[GatewayMessage, Says], Awaitable[None]], silence_seconds: float = 20.0
) -> AsyncIterator[tuple[Link, asyncio.Task[None]]]:
    """A connection whose other end does this with every message. An answer that raises EOFError hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = read_gateway()
        with contextlib.suppress(EOFError):
            while data := await reader.read(1 << 16):
                for message in messages.feed(data):
                    await answer(message, lambda said: writer.write(encode(said)))
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "feed.sock")
    reader, writer = await asyncio.open_unix_connection(folder / "feed.sock")
    link = Link(reader, writer, _ignore, _ignore, _ignore, silence_seconds)

    async def run() -> None:
        try:
            await link.run()
        finally:
            link.close()

    running = asyncio.create_task(run())
    try:
        yield link, running
    finally:
        link.close()
        await asyncio.gather(running, return_exceptions=True)
        await link.wait_closed()
        server.close()
        await server.wait_closed()


def _ignore(said: Published | int) -> None:
    """Take what nobody asked about."""


async def pieces_of(link: Link) -> list[bytes]:
    """All pieces of the blob."""
    return [piece async for piece in link.fetch_blob(DIGEST)]


async def hang_up(message: GatewayMessage, say: Says) -> None:
    """End the connection at the first message."""
    raise EOFError


async def say_nothing(message: GatewayMessage, say: Says) -> None:
    """Hear and do not answer."""


@pytest.mark.parametrize("answer", [hang_up, say_nothing])
async def test_who_waits_is_told_that_control_is_gone(
    tmp_path: Path, answer: Callable[[GatewayMessage, Says], Awaitable[None]]
) -> None:
    """Gone, or silent for too long: everybody, and whoever asks later."""
    async with linked(tmp_path, answer, silence_seconds=0.2) as (link, _):
        outcomes = await asyncio.gather(
            link.fetch_segment(DIGEST), link.fetch_segment(DIGEST), pieces_of(link), return_exceptions=True
        )

        assert [type(outcome) for outcome in outcomes] == [LinkLost] * 3
        with pytest.raises(LinkLost):
            await link.fetch_segment("cd" * 32)


async def test_what_control_has_not_got_is_told_apart(tmp_path: Path) -> None:
    """A segment is None, a blob a LookupError, also when control loses it midway."""

    async def answer(message: GatewayMessage, say: Says) -> None:
        if isinstance(message, WantBlob):
            say(BlobPiece(DIGEST, last=False, found=True, piece=b"a"))
            say(BlobPiece(DIGEST, last=True, found=False, piece=b""))
        else:
            say(SegmentHere(DIGEST, found=False, sealed=b""))

    async with linked(tmp_path, answer) as (link, _):
        assert await link.fetch_segment(DIGEST) is None
        with pytest.raises(LookupError):
            await pieces_of(link)


async def test_rest_of_an_abandoned_blob_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    """A disk that was full in the middle of it; then there is room, and it is asked for again."""
    asked: list[Says] = []

    async def answer(message: GatewayMessage, say: Says) -> None:
        asked.append(say)
        say(BlobPiece(DIGEST, last=False, found=True, piece=b"1"))
        if len(asked) == 2:
            say(BlobPiece(DIGEST, last=True, found=True, piece=b"2"))

    async with linked(tmp_path, answer) as (link, _):
        async with contextlib.aclosing(link.fetch_blob(DIGEST)) as pieces:
            assert await anext(pieces) == b"1"
        again = asyncio.create_task(pieces_of(link))
        asked[0](BlobPiece(DIGEST, last=False, found=True, piece=b"old"))
        asked[0](BlobPiece(DIGEST, last=True, found=True, piece=b"old"))

        assert await again == [b"1", b"2"]


@pytest.mark.parametrize(
    "unasked", [SegmentHere(DIGEST, found=True, sealed=b"x"), BlobPiece(DIGEST, last=True, found=True, piece=b"x")]
)
async def test_what_nobody_asked_for_ends_the_connection(tmp_path: Path, unasked: ControlMessage) -> None:
    """The other end is broken, or another."""

    async def answer(message: GatewayMessage, say: Says) -> None:
        say(unasked)

    async with linked(tmp_path, answer) as (link, running):
        with pytest.raises(LinkLost):
            await link.fetch_segment("cd" * 32)
        with pytest.raises(FeedError, match="nobody asked for"):
            await running
