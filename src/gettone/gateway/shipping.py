"""Log lines on their way from workers to control: in order, in batches, bounded, none twice; each lost one is counted.

Theory of operation: `log` is called on the request path and only puts a line into a queue. A batch leaves at most
FLUSH_SECONDS after its first line, or when it is full; one batch at a time is under way, and it stays here until
control says that it is kept. When the connection breaks, the same lines are sent again over the next one: control knows
them by their SIDs. While control is away lines wait; the newest are dropped beyond the bounds, so that what was said
first stays in its order, and counted by environment. Must not know sockets.

State: `_waiting` with `_bytes`, both with the batch under way; `_under_way`, how many of its left end were sent;
`_losses` not yet told, `_losses_under_way` with that batch. All on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from gettone.gateway.counting import Counting
from gettone.gateway.metrics import Metrics
from gettone.gateway.records import Answered
from gettone.model.deployments import Deployment
from gettone.model.functions import Function
from gettone.model.sids import LOG, Randomness
from gettone.routes.table import Environment
from gettone.wire.feed import Line, Lines, Loss
from gettone.workers.logs import LogRecord

FLUSH_SECONDS = 0.050
BATCH_LINES = 500
BATCH_BYTES = 1 << 20
LINES_MAX = 10_000
BYTES_MAX = 8 << 20
LINE_BYTES_MAX = 256 << 10
LOSSES_MAX = 1000  # told with one batch
LINE_BYTES = 600  # what a line costs beside its message

Level = Literal["info", "warning", "error"]
_Place = tuple[str, str, str]

logger = logging.getLogger("gettone.functions")


class Shipping:
    """The log sink of the pool and the request log of the gateway.

    `find_environment` tells what a worker's key stands for; it is set once what is served is known.
    """

    def __init__(
        self,
        metrics: Metrics | None = None,
        counting: Counting | None = None,
        lines_max: int = LINES_MAX,
        bytes_max: int = BYTES_MAX,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        randomness: Randomness = os.urandom,
    ) -> None:
        self.find_environment: Callable[[str], Environment | None] = lambda key: None
        self.dropped_total = 0
        self._metrics = metrics
        self._counting = counting
        self._lines_max = lines_max
        self._bytes_max = bytes_max
        self._clock = clock
        self._randomness = randomness
        self._waiting: deque[tuple[Line, int]] = deque()
        self._bytes = 0
        self._under_way = 0
        self._losses: dict[_Place, int] = {}
        self._losses_under_way: tuple[Loss, ...] = ()
        self._send: Callable[[Lines], None] | None = None
        self._flushing: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def waiting_lines(self) -> int:
        """How many lines are not yet kept by control."""
        return len(self._waiting)

    def log(self, record: LogRecord) -> None:
        """Take what a function printed, or what the platform says of it."""
        environment = self.find_environment(record.key) if record.key is not None else None
        if environment is None or environment.deployment.account_sid is None:
            # It belongs to nobody: a worker that was not given its deployment yet.
            logger.info("%s", record.text)
            return
        route = environment.find(record.function) if record.function is not None else None
        function = route if isinstance(route, Function) else None
        level: Level = "error" if record.level == "error" else "warning" if record.level == "warning" else "info"
        self._take(environment.deployment, function, record.request, level, record.text, record.platform)

    def answered(self, record: Answered) -> None:
        """Count an answer; one that went wrong becomes a line that can be found by its request."""
        if self._metrics is not None:
            self._metrics.answered(record)
        if self._counting is not None:
            self._counting.answered(record)
        deployment = record.deployment
        if record.status < 400 or record.status == 404 or deployment is None or deployment.account_sid is None:
            return
        text = f"{record.method} {record.path} was answered with {record.status} after {record.seconds * 1000:.0f} ms"
        level: Level = "error" if record.status >= 500 else "warning"
        self._take(deployment, record.function, record.request, level, text, True)

    def connect(self, send: Callable[[Lines], None]) -> None:
        """There is a connection: send what waits, and again what was under way over the one before."""
        self._send = send
        self._under_way = 0
        self._flush()

    def disconnect(self) -> None:
        """The connection is gone."""
        self._send = None
        self._under_way = 0
        self._return_losses()

    def kept(self, count: int) -> None:
        """Control has so many more lines."""
        for _ in range(min(count, self._under_way)):
            self._bytes -= self._waiting.popleft()[1]
            self._under_way -= 1
        if self._under_way:
            return
        self._losses_under_way = ()
        if not self._waiting:
            self._empty.set()
        elif len(self._waiting) >= BATCH_LINES:
            self._flush()
        else:
            self._flush_later()

    async def drain(self, seconds: float) -> None:
        """Wait until control has everything, but not for ever."""
        self._flush()
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            logger.error("%d log lines could not be handed over before the end", len(self._waiting))

    def close(self) -> None:
        """Send nothing more."""
        if self._flushing is not None:
            self._flushing.cancel()
        self._send = None

    def _take(
        self,
        deployment: Deployment,
        function: Function | None,
        request: str | None,
        level: Level,
        text: str,
        is_platform: bool,
    ) -> None:
        # What no UTF-8 can hold must not spoil a batch.
        data = text.encode("utf-8", "replace")
        size = LINE_BYTES + min(len(data), LINE_BYTES_MAX)
        place = (str(deployment.account_sid), deployment.service_sid, deployment.environment_sid)
        if len(self._waiting) >= self._lines_max or self._bytes + size > self._bytes_max:
            self._losses[place] = self._losses.get(place, 0) + 1
            self.dropped_total += 1
            return
        line = Line(
            sid=LOG.make(self._randomness),
            account_sid=place[0],
            service_sid=place[1],
            environment_sid=place[2],
            build_sid=deployment.build_sid,
            deployment_sid=deployment.deployment_sid,
            function_sid=None if function is None else function.sid,
            request_sid=request,
            level=level,
            message=data[:LINE_BYTES_MAX].decode("utf-8", "ignore"),
            is_platform=is_platform,
            created_at=self._clock(),
        )
        self._waiting.append((line, size))
        self._bytes += size
        self._empty.clear()
        if self._under_way or self._send is None:
            return
        if len(self._waiting) >= BATCH_LINES:
            self._flush()
        else:
            self._flush_later()

    def _flush_later(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        """Send the next batch, unless one is under way."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._send is None or self._under_way or not self._waiting:
            return
        batch: list[Line] = []
        size = 0
        for line, line_bytes in self._waiting:
            size += line_bytes
            if len(batch) >= BATCH_LINES or (batch and size > BATCH_BYTES):
                break
            batch.append(line)
        self._under_way = len(batch)
        told = list(self._losses.items())[:LOSSES_MAX]
        self._losses_under_way = tuple(Loss(*place, count) for place, count in told)
        for place, _ in told:
            del self._losses[place]
        self._send(Lines(tuple(batch), self._losses_under_way))

    def _return_losses(self) -> None:
        for loss in self._losses_under_way:
            place = (loss.account_sid, loss.service_sid, loss.environment_sid)
            self._losses[place] = self._losses.get(place, 0) + loss.count
        self._losses_under_way = ()
