"""One connection to the feed: what a gateway asks for, and what it is told. Must not know what any of it means.

Theory of operation: one task reads (`run`). Whoever asked for a segment or a blob waits for it; two who ask for one
segment share the answer. The pieces of a blob pass through a short queue, so that a slow disk slows the sender down and
fills no memory. When the connection ends, or says nothing for too long to somebody who waits, all that wait get
LinkLost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path

from gettone.wire.feed import (
    BlobPiece,
    Counted,
    FeedError,
    Follow,
    GatewayMessage,
    Kept,
    Published,
    SegmentHere,
    WantBlob,
    WantSegment,
    encode,
    read_control,
)

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
READ_BYTES = 256 << 10
PIECES_WAITING_MAX = 8


class LinkLost(Exception):
    """The connection ended before the answer came. It is to be asked again over the next one."""


class Link:
    """A connection. `on_published`, `on_kept` and `on_counted` are called as messages come, and must not wait."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_published: Callable[[Published], None],
        on_kept: Callable[[int], None],
        on_counted: Callable[[int], None],
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self._silence_seconds = silence_seconds
        self._reader = reader
        self._writer = writer
        self._on_published = on_published
        self._on_kept = on_kept
        self._on_counted = on_counted
        self._segments: dict[str, asyncio.Future[SegmentHere]] = {}
        self._blobs: dict[str, asyncio.Queue[BlobPiece | None]] = {}
        self._abandoned: dict[str, asyncio.Event] = {}
        self._closed = False

    async def run(self) -> None:
        """Hear control until the connection ends. Raises FeedError when it says what cannot be read, OSError."""
        messages = read_control()
        while data := await self._reader.read(READ_BYTES):
            for message in messages.feed(data):
                match message:
                    case Published():
                        self._on_published(message)
                    case Kept(count):
                        self._on_kept(count)
                    case Counted(number):
                        self._on_counted(number)
                    case SegmentHere(digest):
                        waiting = self._segments.pop(digest, None)
                        if waiting is None:
                            raise FeedError("a segment came that nobody asked for")
                        if not waiting.done():
                            waiting.set_result(message)
                    case BlobPiece(digest):
                        await self._pass_on(digest, message)

    def send(self, message: GatewayMessage) -> None:
        """Say something. Nothing happens where the connection has ended."""
        if not self._closed:
            self._writer.write(encode(message))

    async def fetch_segment(self, digest: str) -> bytes | None:
        """A sealed segment; None where control has not got it. Raises LinkLost."""
        waiting = self._segments.get(digest)
        if waiting is None:
            waiting = self._segments[digest] = asyncio.get_running_loop().create_future()
            self.send(WantSegment(digest))
        async with self._patience():
            here = await asyncio.shield(waiting)
        return here.sealed if here.found else None

    async def fetch_blob(self, digest: str) -> AsyncGenerator[bytes, None]:
        """The pieces of a blob, all of them. Raises LinkLost, LookupError where control has not got it.

        A blob has one reader at a time.
        """
        if digest in self._abandoned:  # the rest of an earlier answer comes first
            async with self._patience():
                await self._abandoned[digest].wait()
        pieces: asyncio.Queue[BlobPiece | None] = asyncio.Queue(PIECES_WAITING_MAX)
        self._blobs[digest] = pieces
        self.send(WantBlob(digest))
        try:
            while True:
                async with self._patience():
                    piece = await pieces.get()
                if piece is None:
                    raise LinkLost("the connection to control was lost")
                if piece.last:
                    self._blobs.pop(digest, None)
                if not piece.found:
                    raise LookupError(digest)
                if piece.piece:
                    yield piece.piece
                if piece.last:
                    return
        finally:
            self._abandon(digest)

    def close(self) -> None:
        """End the connection. Whoever waits gets LinkLost."""
        self._closed = True
        self._writer.close()
        for waiting in self._segments.values():
            if not waiting.done():
                waiting.set_exception(LinkLost("the connection to control was lost"))
                waiting.exception()  # the one who asked may be gone
        self._segments.clear()
        for pieces in self._blobs.values():
            while pieces.full():
                pieces.get_nowait()
            pieces.put_nowait(None)
        self._blobs.clear()
        for event in self._abandoned.values():
            event.set()

    async def wait_closed(self) -> None:
        """Wait until the connection is gone."""
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _pass_on(self, digest: str, piece: BlobPiece) -> None:
        if digest in self._abandoned:
            if piece.last:
                self._abandoned.pop(digest).set()
            return
        pieces = self._blobs.get(digest)
        if pieces is None:
            raise FeedError("a blob came that nobody asked for")
        async with self._patience():
            await pieces.put(piece)

    def _abandon(self, digest: str) -> None:
        """Throw away what still comes of a blob that its reader has left."""
        pieces = self._blobs.pop(digest, None)
        if pieces is None:
            return
        came = [pieces.get_nowait() for _ in range(pieces.qsize())]
        if not any(piece is None or piece.last for piece in came):
            self._abandoned[digest] = asyncio.Event()

    @contextlib.asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        """Wait no longer than is decent: a peer that stays silent counts as gone."""
        if self._closed:
            raise LinkLost("the connection to control was lost")
        try:
            async with asyncio.timeout(self._silence_seconds):
                yield
        except TimeoutError:
            self.close()
            raise LinkLost(f"control said nothing for {self._silence_seconds:g} seconds") from None


@contextlib.asynccontextmanager
async def open_link(
    path: Path,
    have: int,
    on_published: Callable[[Published], None],
    on_kept: Callable[[int], None],
    on_counted: Callable[[int], None],
) -> AsyncIterator[Link]:
    """Connect to the feed, say what is held, and close when the body ends. Raises OSError, TimeoutError."""
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_unix_connection(path, limit=READ_BYTES)
    link = Link(reader, writer, on_published, on_kept, on_counted)
    try:
        link.send(Follow(have))
        yield link
    finally:
        link.close()
        await link.wait_closed()
