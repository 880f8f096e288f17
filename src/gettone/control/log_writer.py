"""The one writer of log lines: takes them at once, keeps them in batches, and counts exactly what it had no room for.

Theory of operation: `take` hands lines on to live tails and puts them into `_waiting`; one task writes from its left
end, in order, and removes what is committed. While the log store is away the task tries again, `_waiting` fills to its
bounds, and lines beyond them are counted in `_losses`, by environment. When the store is back, each environment that
lost lines gets one line of the platform's that says how many. `_recent` knows the SIDs of the newest lines: a gateway
sends again what was not acknowledged before a connection broke.

Must not know connections, nor who may read what is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gettone.control.office import Office
from gettone.control.tails import Tails
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry
from gettone.model.sids import LOG, AccountSid, EnvironmentSid, ServiceSid

RETENTION_SECONDS = 30 * 86400
PRUNE_SECONDS = 3600.0
LINES_MAX = 50_000
BYTES_MAX = 64 << 20
BATCH_LINES = 2000
ENVIRONMENTS_MAX = 10_000  # whose losses are told apart
LOSSES_SECONDS = 1.0  # between two lines about losses
RETRY_SECONDS = (0.1, 5.0)  # the first wait while the store is away, and the longest
CLOSE_SECONDS = 5.0
RECENT_MAX = 50_000
# What a line costs beside its message: its SIDs, its times, its place in a queue.
LINE_BYTES = 700

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogLoss:
    """How many lines of an environment were dropped."""

    account_sid: AccountSid
    service_sid: ServiceSid
    environment_sid: EnvironmentSid
    count: int


@dataclass(frozen=True, slots=True)
class _Batch:
    entries: tuple[LogEntry, ...]
    size_bytes: int
    kept: asyncio.Future[None] = field(repr=False)


class LogWriter:
    """Keeps log lines. `dropped_total` is how many were lost since the start, here and at gateways."""

    def __init__(
        self,
        office: Office,
        tails: Tails,
        retention_seconds: float = RETENTION_SECONDS,
        lines_max: int = LINES_MAX,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        self._office = office
        self._tails = tails
        self._retention = timedelta(seconds=retention_seconds)
        self._lines_max = lines_max
        self._bytes_max = bytes_max
        self._waiting: deque[_Batch] = deque()
        self._lines = 0
        self._bytes = 0
        self._losses: dict[EnvironmentSid, LogLoss] = {}
        self._losses_at = 0.0
        self._recent: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.dropped_total = 0

    def open(self) -> None:
        """Start to write, and to delete what is old."""
        self._tasks = [asyncio.create_task(self._write_always()), asyncio.create_task(self._prune_always())]

    async def close(self) -> None:
        """Write what is waiting, if the log store takes it within CLOSE_SECONDS, and stop."""
        self._losses_at = 0.0
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while (self._waiting or self._losses) and not self._tasks[0].done():
                    self._idle.clear()
                    await self._idle.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for batch in self._waiting:
            batch.kept.cancel()

    def take(self, entries: Sequence[LogEntry], losses: Iterable[LogLoss] = ()) -> asyncio.Future[None]:
        """Take lines, and what their sender lost, at once. The future is done when the lines are kept or counted.

        Lines that were taken before, by their SIDs, are not taken again. A future that is cancelled says that this
        process ends: who sent the lines sends them again.
        """
        fresh = [entry for entry in entries if entry.sid not in self._recent]
        self._remember(fresh)
        self._tails.hand_on(fresh)
        for loss in losses:
            self._lose(loss)
        room, size_bytes = 0, 0
        for entry in fresh:
            size = LINE_BYTES + sys.getsizeof(entry.message)
            if self._lines + room >= self._lines_max or self._bytes + size_bytes + size > self._bytes_max:
                break
            room += 1
            size_bytes += size
        for entry in fresh[room:]:
            self._lose(_loss_of(entry))
        kept: asyncio.Future[None]
        if room:
            kept = asyncio.get_running_loop().create_future()
            self._waiting.append(_Batch(tuple(fresh[:room]), size_bytes, kept))
            self._lines += room
            self._bytes += size_bytes
        elif len(fresh) < len(entries) and self._waiting:
            kept = self._waiting[-1].kept
        else:
            kept = asyncio.get_running_loop().create_future()
            kept.set_result(None)
        self._wake.set()
        return kept

    def _remember(self, entries: Iterable[LogEntry]) -> None:
        for entry in entries:
            self._recent[entry.sid] = None
        while len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    def _lose(self, loss: LogLoss) -> None:
        if loss.count == 0:
            return
        self.dropped_total += loss.count
        self._note(loss)

    def _note(self, loss: LogLoss) -> None:
        """Add up what is to be said of an environment. Beyond a bound only `dropped_total` knows."""
        before = self._losses.get(loss.environment_sid)
        if before is None and len(self._losses) >= ENVIRONMENTS_MAX:
            return
        count = loss.count + (before.count if before is not None else 0)
        self._losses[loss.environment_sid] = LogLoss(loss.account_sid, loss.service_sid, loss.environment_sid, count)

    async def _write_always(self) -> None:
        wait = RETRY_SECONDS[0]
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._waiting:
                    await self._write_batches()
                await self._write_losses()
                wait = RETRY_SECONDS[0]
            except Exception as error:  # the edge of a task: one slip must not end all lines
                if isinstance(error, PlatformError):
                    logger.warning("log lines wait: %s", error.message)
                else:
                    logger.exception("log lines wait")
                await asyncio.sleep(wait)
                wait = min(2 * wait, RETRY_SECONDS[1])
                self._wake.set()
            self._idle.set()

    async def _write_batches(self) -> None:
        """Write batches from the left, as many as make one transaction worth its cost."""
        batches: list[_Batch] = []
        lines = 0
        for batch in self._waiting:
            batches.append(batch)
            lines += len(batch.entries)
            if lines >= BATCH_LINES:
                break
        await self._add([entry for batch in batches for entry in batch.entries])
        for batch in batches:
            self._waiting.popleft()
            self._lines -= len(batch.entries)
            self._bytes -= batch.size_bytes
            if not batch.kept.done():
                batch.kept.set_result(None)

    async def _write_losses(self) -> None:
        """Say how many lines were dropped, once for each environment, and not at every turn of a flood."""
        loop = asyncio.get_running_loop()
        if not self._losses:
            return
        if loop.time() < self._losses_at:
            loop.call_at(self._losses_at, self._wake.set)
            return
        losses, self._losses = self._losses, {}
        lines = [self._line_about(loss) for loss in losses.values()]
        try:
            await self._add(lines)
        except BaseException:
            for loss in losses.values():
                self._note(loss)
            raise
        self._losses_at = loop.time() + LOSSES_SECONDS
        self._tails.hand_on(lines)

    async def _add(self, entries: Sequence[LogEntry]) -> None:
        """Add lines to the store. Raises PlatformError `unavailable`: then they are to be added again.

        One that cannot be kept must not hold up the others: it is found by halving, and counted.
        """
        try:
            await self._office.logs.add(entries)
        except PlatformError as error:
            if error.code == "unavailable":
                raise
            if len(entries) == 1:
                self._lose(_loss_of(entries[0]))
                return
            half = len(entries) // 2
            await self._add(entries[:half])
            await self._add(entries[half:])

    def _line_about(self, loss: LogLoss) -> LogEntry:
        return LogEntry(
            sid=LOG.make(self._office.randomness),
            account_sid=loss.account_sid,
            service_sid=loss.service_sid,
            environment_sid=loss.environment_sid,
            build_sid=None,
            deployment_sid=None,
            function_sid=None,
            request_sid=None,
            level=Level.WARNING,
            message=f"{loss.count} log lines were dropped: more came than there was room for",
            is_platform=True,
            created_at=self._office.clock(),
        )

    async def _prune_always(self) -> None:
        while True:
            try:
                await self._office.logs.prune(self._office.clock() - self._retention)
            except PlatformError as error:
                logger.warning("old log lines stay for now: %s", error.message)
            await asyncio.sleep(PRUNE_SECONDS)


def _loss_of(entry: LogEntry) -> LogLoss:
    return LogLoss(entry.account_sid, entry.service_sid, entry.environment_sid, 1)
