"""The writer of log lines: what it takes is kept, or counted to the line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from gettone.control.log_writer import BATCH_LINES, LogLoss, LogWriter
from gettone.control.tails import Tails
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.store.sqlite import open_sqlite_logs
from tests.control.log_lines import ENVIRONMENT_SID, OTHER_ENVIRONMENT_SID, SERVICE_SID, Gate, kept, make_line
from tests.control.offices import ACCOUNT_SID, STARTED_AT, office
from tests.stores import sqlite_memory

pytestmark = pytest.mark.anyio

LOST_IN_PRODUCTION = LogLoss(ACCOUNT_SID, SERVICE_SID, ENVIRONMENT_SID, 3)


@asynccontextmanager
async def writing(
    *, file: Path | None = None, tails: Tails | None = None, shut: bool = False, **bounds: int
) -> AsyncIterator[tuple[LogWriter, Gate]]:
    """A writer at work over a store of its own."""
    async with sqlite_memory() as store:
        gate = Gate(await open_sqlite_logs(file))
        gate.shut = shut
        writer = LogWriter(office(store, gate), tails or Tails(), **bounds)
        writer.open()
        try:
            yield writer, gate
        finally:
            gate.shut = False
            await writer.close()
            await gate.close()


async def done(future: asyncio.Future[None]) -> None:
    """Wait until lines are kept."""
    async with asyncio.timeout(10):
        await asyncio.shield(future)


async def test_line_is_kept_when_its_future_is_done() -> None:
    """A gateway forgets it then."""
    async with writing() as (writer, gate):
        line = make_line()

        await done(writer.take([line]))

        assert await kept(gate) == [line]


async def test_lines_come_in_the_order_in_which_they_were_taken() -> None:
    """Also where many batches become one transaction, and one batch is too large for that."""
    async with writing() as (writer, gate):
        lines = [make_line(str(number)) for number in range(3 * BATCH_LINES)]
        cuts = [0, 1, 3, 500, 500 + BATCH_LINES + 5, len(lines)]

        futures = [writer.take(lines[start:end]) for start, end in pairwise(cuts)]
        await done(futures[-1])

        assert all(future.done() for future in futures)
        assert await kept(gate) == lines
        assert len(gate.batches) < len(futures)


async def test_line_that_is_sent_again_is_kept_once() -> None:
    """A gateway sends again what was not acknowledged when the connection broke. Live tails show it once, too."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter())
    async with writing(tails=tails, shut=True) as (writer, gate):
        first, second = make_line("first"), make_line("second")
        writer.take([first])
        again = writer.take([first])
        both = writer.take([first, second])

        assert not again.done()  # it is not kept yet
        gate.shut = False
        await done(again)
        await done(both)

        assert await kept(gate) == [first, second]
    tail.close()
    assert [item async for item in tail] == [first, second]


async def test_line_that_an_earlier_process_kept_is_kept_once(tmp_path: Path) -> None:
    """Control was killed between the commit and the acknowledgement."""
    line = make_line()
    async with writing(file=tmp_path / "logs.db") as (writer, _):
        await done(writer.take([line]))
    async with writing(file=tmp_path / "logs.db") as (writer, gate):
        await done(writer.take([line, other := make_line()]))

        assert await kept(gate) == [line, other]


async def test_flood_over_a_store_that_is_away_is_counted_to_the_line() -> None:
    """100,000 lines, room for 5,000: what is kept and what is told to be lost add up, by environment."""
    async with writing(shut=True, lines_max=5000) as (writer, gate):
        taken = 0
        for batch in range(200):
            environment = (ENVIRONMENT_SID, OTHER_ENVIRONMENT_SID)[batch % 2]
            writer.take([make_line(environment_sid=environment) for _ in range(500)])
            taken += 500

        assert writer.dropped_total == taken - 5000
        gate.shut = False
        await gate.until_kept(5002)
        lines = await kept(gate)

    told = {line.environment_sid: line for line in lines if line.is_platform}
    assert len(lines) == 5000 + 2
    assert taken == 100_000
    assert {sid: int(line.message.split()[0]) for sid, line in told.items()} == {
        ENVIRONMENT_SID: 47_500,
        OTHER_ENVIRONMENT_SID: 47_500,
    }
    assert {line.level for line in told.values()} == {Level.WARNING}


async def test_long_lines_fill_the_room_sooner() -> None:
    """Bytes are bounded as well as lines."""
    async with writing(shut=True, bytes_max=100_000) as (writer, _):
        writer.take([make_line("x" * 10_000) for _ in range(20)])

        assert writer.dropped_total == 20 - 9


async def test_what_has_no_room_is_done_at_once() -> None:
    """It was counted: the gateway need not send it again."""
    async with writing(shut=True, lines_max=1) as (writer, _):
        first, second = writer.take([make_line()]), writer.take([make_line()])

        assert (first.done(), second.done()) == (False, True)


async def test_losses_of_a_gateway_are_told_as_one_line() -> None:
    """With those that come soon after: a flood of losses must not be one of lines."""
    async with writing() as (writer, gate):
        writer.take([], [LOST_IN_PRODUCTION, replace(LOST_IN_PRODUCTION, count=0)])
        await gate.until_kept(1)
        for _ in range(10):
            writer.take([], [LOST_IN_PRODUCTION])
        await done(writer.take([make_line("after")]))
        before_the_end = await kept(gate)

    assert [line.message.split()[0] for line in before_the_end] == ["3", "after"]
    assert writer.dropped_total == 33


async def test_losses_are_told_before_the_end(tmp_path: Path) -> None:
    """A shutdown does not swallow a count."""
    async with writing(file=tmp_path / "logs.db") as (writer, gate):
        writer.take([], [LOST_IN_PRODUCTION])
        await gate.until_kept(1)
        writer.take([], [LOST_IN_PRODUCTION])
    async with writing(file=tmp_path / "logs.db") as (_, gate):
        assert [line.message.split()[0] for line in await kept(gate)] == ["3", "3"]


async def test_line_that_cannot_be_kept_holds_up_no_other() -> None:
    """It is counted, and the others of its batch are kept."""
    async with writing(shut=True) as (writer, gate):
        lines = [make_line(str(number)) for number in range(100)]
        gate.broken = frozenset({"13", "77"})
        future = writer.take(lines)
        gate.shut = False
        await done(future)

        assert [line.message for line in await kept(gate) if not line.is_platform] == [
            str(number) for number in range(100) if number not in (13, 77)
        ]
        assert writer.dropped_total == 2


async def test_live_tail_shows_lines_while_the_store_is_away() -> None:
    """It shows what happens, whatever becomes of it."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter())
    async with writing(tails=tails, shut=True) as (writer, _):
        line = make_line()
        writer.take([line])

        assert await anext(tail) == line
    tail.close()


async def test_close_keeps_what_is_waiting(tmp_path: Path) -> None:
    """What was taken a moment before the end."""
    lines = [make_line(str(number)) for number in range(3000)]
    async with writing(file=tmp_path / "logs.db") as (writer, _):
        for line in lines:
            writer.take([line])
    async with writing(file=tmp_path / "logs.db") as (_, gate):
        assert await kept(gate) == lines


async def test_close_does_not_wait_for_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not kept is not acknowledged: the gateway still has it."""
    monkeypatch.setattr("gettone.control.log_writer.CLOSE_SECONDS", 0.05)
    async with writing(shut=True) as (writer, _):
        future = writer.take([make_line()])
        began = time.monotonic()
        await writer.close()

        assert time.monotonic() - began < 2
        assert future.cancelled()


async def test_old_lines_go(tmp_path: Path) -> None:
    """At the start, and every hour after it."""
    old = make_line("old", created_at=STARTED_AT - timedelta(days=31))
    young = make_line("young", created_at=STARTED_AT - timedelta(days=29))
    async with writing(file=tmp_path / "logs.db") as (writer, gate):
        await done(writer.take([old, young]))
    async with writing(file=tmp_path / "logs.db") as (_, gate):
        lines: list[LogEntry] = []
        async with asyncio.timeout(10):
            while lines != [young]:
                lines = await kept(gate)


async def test_take_is_quick() -> None:
    """It is called for every batch of every gateway, on the loop that serves the API."""
    async with writing(shut=True) as (writer, _):
        batches = [[make_line() for _ in range(500)] for _ in range(20)]
        began = time.perf_counter()
        for batch in batches:
            writer.take(batch)
        seconds = time.perf_counter() - began

    assert seconds < 1  # 10,000 lines; 0.03 s where it was measured
