"""How often each function answered, how, and how fast, by the minute; on its way to control, where it adds up.

Theory of operation: `answered` is called on the request path and only adds to numbers of the minute that runs. Every
FLUSH_SECONDS, and at the end of the minute, what has changed is sent as it stands, not as what came on top: so control
may be told the same twice. One batch at a time is under way. A minute that is over stays here until control says that
it is kept; while control is away the oldest go beyond the bound, and the requests in them are counted. A clock that is
set back would tell a minute anew that was told before: from then on this counts under another name. Must not know
sockets.

State: `_cells`, the functions of the minute that runs, `_minute`; `_over`, rows of earlier minutes that control has not
got, each with how many of its requests control has; `_under_way`, what was sent last; `_timer`, set while `_cells` has
any. All on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from gettone.gateway.records import Answered
from gettone.model.deployments import Deployment
from gettone.model.request_counts import LATENCY_BOUNDS, LATENCY_BUCKETS, MINUTE
from gettone.model.sids import EnvironmentSid, FunctionSid, Randomness
from gettone.wire.feed import Counts, FunctionMinute

FLUSH_SECONDS = 2.0
BATCH_ROWS = 500
FUNCTIONS_MAX = 2000  # within one minute
ROWS_MAX = 10_000  # of minutes that are over: some 5 MiB, or 16 hours of ten functions that are always busy
TOO_MANY_REQUESTS = 429

_Place = tuple[EnvironmentSid, FunctionSid]
_Key = tuple[str, datetime, str, str]

logger = logging.getLogger("gettone.gateway")


class _Cell:
    """What a function answered in the minute that runs. `kept` is how many of its requests control has."""

    __slots__ = ("client_errors", "kept", "latency", "refused", "server_errors", "sids")

    def __init__(self, sids: tuple[str, str, str, str]) -> None:
        self.sids = sids  # of account, service, environment, function
        self.latency = [0] * LATENCY_BUCKETS
        self.client_errors = self.server_errors = self.refused = 0
        self.kept = 0

    @property
    def is_told(self) -> bool:
        return sum(self.latency) == self.kept

    def add_error(self, status: int) -> None:
        if status >= 500:
            self.server_errors += 1
        elif status == TOO_MANY_REQUESTS:
            self.refused += 1
        else:
            self.client_errors += 1


class Counting:
    """Counts what functions answered. `uncounted_total` is how many answers are in no figure."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        randomness: Randomness = os.urandom,
        functions_max: int = FUNCTIONS_MAX,
        rows_max: int = ROWS_MAX,
        flush_seconds: float = FLUSH_SECONDS,
    ) -> None:
        self.uncounted_total = 0
        self._clock = clock
        self._randomness = randomness
        self._functions_max = functions_max
        self._rows_max = rows_max
        self._flush_seconds = flush_seconds
        self._name = randomness(8).hex()
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._cells: dict[_Place, _Cell] = {}
        self._over: dict[_Key, tuple[FunctionMinute, int]] = {}
        self._number = 0
        self._under_way: tuple[FunctionMinute, ...] = ()
        self._send: Callable[[Counts], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._moved = asyncio.Event()

    def answered(self, record: Answered) -> None:
        """Count an answer of a function."""
        function, deployment = record.function, record.deployment
        if function is None or deployment is None or function.sid is None:
            return
        cell = self._cells.get((deployment.environment_sid, function.sid)) or self._open(deployment, function.sid)
        if cell is None:
            return
        cell.latency[bisect_left(LATENCY_BOUNDS, record.seconds)] += 1
        if record.status >= 400:
            cell.add_error(record.status)

    def connect(self, send: Callable[[Counts], None]) -> None:
        """There is a connection: send what control has not got."""
        self._send = send
        self._under_way = ()
        self._flush()

    def disconnect(self) -> None:
        """The connection is gone."""
        self._send = None
        self._under_way = ()

    def counted(self, number: int) -> None:
        """Control has a batch."""
        if number != self._number:
            return
        for row in self._under_way:
            self._note_kept(row)
        self._under_way = ()
        self._moved.set()
        if self._over:
            self._flush()

    async def drain(self, seconds: float) -> None:
        """Wait until control has everything, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._over or not all(cell.is_told for cell in self._cells.values()):
                    self._flush()
                    self._moved.clear()
                    await self._moved.wait()
                return
        logger.warning("how often functions answered could not be handed over before the end")

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._send = None

    def _open(self, deployment: Deployment, function_sid: FunctionSid) -> _Cell | None:
        """A place for the first answer of a function in a minute; None where there is none."""
        account_sid = deployment.account_sid
        if account_sid is None:
            return None
        if len(self._cells) >= self._functions_max:
            self.uncounted_total += 1
            return None
        if not self._cells:
            minute = self._clock().replace(second=0, microsecond=0)
            if minute < self._minute:
                self._name = self._randomness(8).hex()
            self._minute = minute
        place = (deployment.environment_sid, function_sid)
        cell = self._cells[place] = _Cell((account_sid, deployment.service_sid, *place))
        if self._timer is None:
            self._look_later()
        return cell

    def _look_later(self) -> None:
        left = (self._minute + MINUTE - self._clock()).total_seconds()
        wait = min(max(left, 0.0), self._flush_seconds)
        self._timer = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        """End the minute if it is over, and send what has changed."""
        self._timer = None
        if self._clock().replace(second=0, microsecond=0) != self._minute:
            self._end_minute()
        self._flush()
        if self._cells:
            self._look_later()

    def _end_minute(self) -> None:
        for cell in self._cells.values():
            if not cell.is_told:
                row = self._row(cell)
                self._over[_key(row)] = (row, cell.kept)
        self._cells.clear()
        while len(self._over) > self._rows_max:
            row, kept = self._over.pop(next(iter(self._over)))
            self.uncounted_total += sum(row.latency) - kept

    def _flush(self) -> None:
        """Send the next batch, unless one is under way. What it has no room for comes with the next."""
        if self._send is None or self._under_way:
            return
        rows = [row for row, _ in islice(self._over.values(), BATCH_ROWS)]
        changed = (cell for cell in self._cells.values() if not cell.is_told)
        rows += map(self._row, islice(changed, BATCH_ROWS - len(rows)))
        if rows:
            self._number += 1
            self._under_way = tuple(rows)
            self._send(Counts(self._number, self._under_way))

    def _note_kept(self, row: FunctionMinute) -> None:
        requests = sum(row.latency)
        waiting = self._over.get(_key(row))
        if waiting is not None:
            if sum(waiting[0].latency) == requests:
                del self._over[_key(row)]
            else:
                self._over[_key(row)] = (waiting[0], requests)
        elif (row.gateway, row.started_at) == (self._name, self._minute):
            cell = self._cells.get((EnvironmentSid(row.environment_sid), FunctionSid(row.function_sid)))
            if cell is not None:
                cell.kept = requests

    def _row(self, cell: _Cell) -> FunctionMinute:
        account_sid, service_sid, environment_sid, function_sid = cell.sids
        return FunctionMinute(
            gateway=self._name,
            account_sid=account_sid,
            service_sid=service_sid,
            environment_sid=environment_sid,
            function_sid=function_sid,
            started_at=self._minute,
            client_errors=cell.client_errors,
            server_errors=cell.server_errors,
            refused=cell.refused,
            latency=tuple(cell.latency),
        )


def _key(row: FunctionMinute) -> _Key:
    return row.gateway, row.started_at, row.environment_sid, row.function_sid
