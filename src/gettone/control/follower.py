"""One gateway's connection: what it wants is sent, what it says is taken. Must not know other connections.

Theory of operation: `_hear` reads and only notes what is wanted; `_speak` writes, one frame after the other, the most
urgent first: a publication, an acknowledgement, a segment, then pieces of the blobs that were asked for, in turn. Only
`_speak` waits for the other end, no longer than WRITE_SECONDS for a frame. No transaction is open meanwhile. `_count`
keeps one batch of counts after the other.

What a gateway asks for and sends is bounded; one that goes beyond, or says what may not be said, is let go.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from gettone.control.count_keeping import keep_counts
from gettone.control.gateway_reports import count_of, entry_of, loss_of
from gettone.control.log_writer import LogWriter
from gettone.model.request_counts import MinuteCount
from gettone.store.interface import LogStore, Store
from gettone.wire.feed import (
    PIECE_BYTES_MAX,
    VERSION,
    BlobPiece,
    ControlMessage,
    Counted,
    Counts,
    FeedError,
    Follow,
    GatewayMessage,
    Kept,
    Line,
    Lines,
    Loss,
    Published,
    SegmentHere,
    Served,
    ServingProblem,
    WantBlob,
    WantSegment,
    encode,
    read_gateway,
)

FOLLOW_SECONDS = 10.0  # until the first message
WRITE_SECONDS = 20.0
READ_BYTES = 256 << 10
BUFFER_BYTES = 1 << 20
WANTED_MAX = 20_000
# More than a gateway holds back by itself: one that sends on without being answered is broken.
UNKEPT_LINES_MAX = 40_000


class Follower:
    """State: `have`, `served` and `problems` as the gateway told them; what is to be sent to it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        store: Store,
        logs: LogWriter,
        counts: LogStore,
        on_told: Callable[[], None],
    ) -> None:
        self.have: int | None = None
        self.served = 0
        self.problems: tuple[ServingProblem, ...] = ()
        self._reader = reader
        self._writer = writer
        self._store = store
        self._logs = logs
        self._on_told = on_told
        self._newest: Published | None = None
        self._kept = 0
        self._has_kept = False
        self._unkept: deque[tuple[asyncio.Future[None], int]] = deque()
        self._unkept_lines = 0
        self._counts = counts
        self._to_count: asyncio.Queue[tuple[int, list[MinuteCount]]] = asyncio.Queue()
        self._counted: int | None = None
        self._owes_counted = False
        self._segments: deque[str] = deque()
        self._blobs: deque[tuple[str, int]] = deque()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Serve the connection until it ends. Raises FeedError, PlatformError, OSError: then it is to be closed."""
        self._writer.transport.set_write_buffer_limits(high=BUFFER_BYTES)
        tasks = [asyncio.create_task(each) for each in (self._speak(), self._hear(), self._count())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._unkept.clear()

    def publish(self, newest: Published) -> None:
        """Send this publication next. One that was not sent yet is forgotten: only the newest matters."""
        self._newest = newest
        self._wake.set()

    async def _hear(self) -> None:
        messages = read_gateway()
        first = asyncio.get_running_loop().time() + FOLLOW_SECONDS
        while True:
            async with asyncio.timeout_at(first if self.have is None else None):
                data = await self._reader.read(READ_BYTES)
            if not data:
                return
            for message in messages.feed(data):
                self._take(message)

    def _take(self, message: GatewayMessage) -> None:
        if isinstance(message, Follow) is (self.have is not None):
            raise FeedError("a gateway says Follow first, and once")
        match message:
            case Follow(have, version):
                if version != VERSION:
                    raise FeedError(f"the gateway speaks version {version} of the feed, this is version {VERSION}")
                self.have = have
                self._on_told()
            case WantSegment(digest):
                self._segments.append(digest)
            case WantBlob(digest):
                self._blobs.append((digest, 0))
            case Served(revision, problems):
                self.served, self.problems = revision, problems
                self._on_told()
            case Lines(lines, dropped):
                self._take_lines(lines, dropped)
            case Counts(number, minutes):
                if self._owes_counted:
                    raise FeedError("counts were sent without waiting for an answer")
                self._owes_counted = True
                self._to_count.put_nowait((number, [count_of(minute) for minute in minutes]))
        if len(self._segments) + len(self._blobs) > WANTED_MAX:
            raise FeedError(f"more than {WANTED_MAX} segments and blobs are asked for at once")
        self._wake.set()

    def _take_lines(self, lines: tuple[Line, ...], dropped: tuple[Loss, ...]) -> None:
        kept = self._logs.take([entry_of(line) for line in lines], [loss_of(loss) for loss in dropped])
        self._unkept.append((kept, len(lines)))
        self._unkept_lines += len(lines)
        if self._unkept_lines > UNKEPT_LINES_MAX or len(self._unkept) > UNKEPT_LINES_MAX:
            raise FeedError(f"more than {UNKEPT_LINES_MAX} lines were sent without waiting for an answer")
        kept.add_done_callback(lambda _: self._acknowledge())

    def _acknowledge(self) -> None:
        """Note what may be said to be kept: batches in their order."""
        while self._unkept and self._unkept[0][0].done() and not self._unkept[0][0].cancelled():
            _, count = self._unkept.popleft()
            self._unkept_lines -= count
            self._kept += count
            self._has_kept = True
        self._wake.set()

    async def _count(self) -> None:
        while True:
            number, counts = await self._to_count.get()
            await keep_counts(self._counts, counts)
            self._counted = number
            self._wake.set()

    async def _speak(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (message := await self._next()) is not None:
                self._writer.write(encode(message))
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._writer.drain()

    async def _next(self) -> ControlMessage | None:
        """What is to be said next; None where nothing is."""
        if self.have is None:
            return None
        if self._newest is not None:
            newest, self._newest = self._newest, None
            return newest
        if self._has_kept:
            kept, self._kept, self._has_kept = self._kept, 0, False
            return Kept(kept)
        if self._counted is not None:
            number, self._counted, self._owes_counted = self._counted, None, False
            return Counted(number)
        if self._segments:
            return await self._segment(self._segments.popleft())
        if self._blobs:
            return await self._piece(*self._blobs.popleft())
        return None

    async def _segment(self, digest: str) -> SegmentHere:
        async with self._store.reading() as tx:
            segment = await tx.snapshots.find_segment(digest)
        if segment is None:
            return SegmentHere(digest, found=False, sealed=b"")
        return SegmentHere(digest, found=True, sealed=segment.content)

    async def _piece(self, digest: str, place: int) -> BlobPiece:
        async with self._store.reading() as tx:
            piece = await tx.blobs.piece(digest, place)
            if piece is None:
                return BlobPiece(digest, last=True, found=await tx.blobs.has(digest), piece=b"")
            # Most contents are one small piece: they are told whole in one message.
            last = len(piece) < PIECE_BYTES_MAX and await tx.blobs.piece(digest, place + 1) is None
        if not last:
            self._blobs.append((digest, place + 1))
        return BlobPiece(digest, last=last, found=True, piece=piece)
