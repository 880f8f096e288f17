"""Counts that gateways send: kept before they are acknowledged, once each, and forgotten after a month."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gettone.control import count_keeping
from gettone.control.count_keeping import keep_counts, tidy_counts
from gettone.control.figures import Figures
from gettone.model.errors import PlatformError
from gettone.model.request_counts import LATENCY_BUCKETS, CountFilter, MinuteCount
from gettone.store.interface import LogStore
from gettone.wire.feed import Counted, Counts, FunctionMinute, Served
from tests.control.log_lines import ENVIRONMENT_SID, SERVICE_SID, Gate
from tests.control.offices import ACCOUNT_SID, STARTED_AT, holder, open_office
from tests.control.peers import peer
from tests.control.refusals import refusal
from tests.control.stations import Station, open_station
from tests.store.nouns import minute_count
from tests.stores import sqlite_memory_logs

pytestmark = pytest.mark.anyio

MINUTE = FunctionMinute(
    gateway="0123456789abcdef",
    account_sid=ACCOUNT_SID,
    service_sid=SERVICE_SID,
    environment_sid=ENVIRONMENT_SID,
    function_sid="ZH" + "1" * 32,
    started_at=STARTED_AT,
    client_errors=0,
    server_errors=1,
    refused=0,
    latency=(0, 5, *(0,) * (LATENCY_BUCKETS - 2)),
)
HOUR = CountFilter(STARTED_AT, STARTED_AT + timedelta(hours=1))


@pytest.fixture
async def station(anyio_backend: str, tmp_path: Path) -> AsyncIterator[Station]:
    """A feed at work."""
    async with open_station(tmp_path) as opened:
        yield opened


async def requests(store: LogStore) -> int:
    """How many are kept of the account's."""
    return sum(each.tally.requests for each in await store.read_totals(ACCOUNT_SID, HOUR))


async def test_counts_are_kept_before_they_are_acknowledged(station: Station) -> None:
    """And once, though they are sent over two connections."""
    async with peer(station.path) as one, peer(station.path) as other:
        for gateway in (one, other):
            await gateway.follow()
            gateway.say(Counts(7, (MINUTE,)))

            assert await gateway.hear(Counted) == Counted(7)
            assert await requests(station.gate) == 5


async def test_counts_wait_while_the_store_is_away(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway is told when they are kept, and may send the next."""
    monkeypatch.setattr(count_keeping, "RETRY_SECONDS", (0.01, 0.01))
    station.gate.shut = True
    async with peer(station.path) as gateway:
        published = await gateway.follow()
        gateway.say(Counts(1, (MINUTE,)), Served(published.revision))
        assert await station.feed.wait_served(published.revision, 10)  # so the counts were taken, too
        assert await requests(station.gate) == 0

        station.gate.shut = False
        assert await gateway.hear(Counted) == Counted(1)
        gateway.say(Counts(2, (msgspec.structs.replace(MINUTE, gateway="other"),)))
        assert await gateway.hear(Counted) == Counted(2)
        assert await requests(station.gate) == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"account_sid": "AC1"},
        {"function_sid": "NO" + "1" * 32},
        {"gateway": "\0"},
        {"gateway": ""},
        {"latency": (1,)},
    ],
    ids=str,
)
async def test_gateway_that_counts_what_cannot_be_is_let_go(station: Station, changes: dict[str, Any]) -> None:
    """Nothing of it is kept."""
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Counts(1, (MINUTE, msgspec.structs.replace(MINUTE, **changes))))

        assert await gateway.is_let_go()
        assert await requests(station.gate) == 0


async def test_gateway_that_does_not_wait_is_let_go(station: Station) -> None:
    """What it sends would pile up."""
    station.gate.shut = True
    async with peer(station.path) as gateway:
        await gateway.follow()
        gateway.say(Counts(1, (MINUTE,)), Counts(2, (MINUTE,)))

        assert await gateway.is_let_go()


class Broken(Gate):
    """A log store that refuses every count."""

    async def add_counts(self, counts: Sequence[MinuteCount]) -> None:
        raise PlatformError("internal", "a statement that nobody foresaw")


async def test_counts_that_no_store_takes_hold_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    """They are lost, and the log says so: sent again and again they would end the connection again and again."""
    async with sqlite_memory_logs() as logs:
        await keep_counts(Broken(logs), [minute_count()])

    assert "counts of requests are lost" in caplog.text


async def test_counts_become_hours_and_are_forgotten_after_a_month() -> None:
    """What is young stays by the minute; whoever asks for older steps is told that only hours are known."""
    async with open_office() as office:
        now = office.clock()
        days = (31, 20, 10, 10, 0)
        moments = [now - timedelta(days=day, minutes=minute + 1) for minute, day in enumerate(days)]
        await office.logs.add_counts(
            [replace(minute_count(), account_sid=ACCOUNT_SID, started_at=at) for at in moments]
        )
        await tidy_counts(office)
        everything = CountFilter(now - timedelta(days=40), now, step=timedelta(minutes=1))
        left = await office.logs.read_totals(ACCOUNT_SID, everything)
        figures = Figures(office)
        refused = await refusal(figures.over(holder(), since=now - timedelta(days=10), step_seconds=900))
        told = await figures.over(holder(), since=now - timedelta(days=30), step_seconds=86400)

    assert [(each.started_at.minute, each.tally.requests) for each in left] == [(0, 1), (0, 2), (25, 1)]
    assert refused.evidence["parameter"] == "step_seconds"
    assert told.times[0] == now.replace(minute=0) - timedelta(days=30)
    assert told.total.requests == 4
