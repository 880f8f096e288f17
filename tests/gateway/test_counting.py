"""Counts on their way to control: exact, each request once, whatever becomes of connections, minutes and clocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gettone.control.feed import Feed
from gettone.gateway.counting import BATCH_ROWS, Counting
from gettone.gateway.records import Answered
from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Language, Visibility
from gettone.model.request_counts import CountFilter, Tally
from gettone.model.sids import ACCOUNT, ENVIRONMENT, FUNCTION, SERVICE
from gettone.wire.feed import Counts
from tests.feeds import ACCOUNT_SID, Site, account, open_control, python
from tests.gateway.nodes import open_node, until

pytestmark = pytest.mark.anyio

STARTED_AT = datetime(2026, 11, 24, 9, 30, 17, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the gateway runs on, but for uvloop."""
    return "asyncio"


def function(name: str = "a") -> Function:
    """A function of any environment."""
    file = f"functions/{name}.py"
    return Function(f"/{name}", name, file, file, Language.PYTHON, Visibility.PUBLIC, b"", FUNCTION.derive(name))


def answered(name: str = "a", status: int = 200, seconds: float = 0.002, environment: str = "e") -> Answered:
    """An answer of a function."""
    served = Deployment(
        SERVICE.derive("s"), ENVIRONMENT.derive(environment), "e.localhost", (), (), account_sid=ACCOUNT.derive("t")
    )
    return Answered("RQ" + "0" * 32, "GET", f"/{name}", status, seconds, served, function(name))


class Receiver:
    """Control's end: what it keeps, by the rule of the log store. `requests` is all that it has."""

    def __init__(self) -> None:
        self.batches: list[Counts] = []
        self.kept: dict[tuple[str, datetime, str, str], int] = {}

    def take(self, batch: Counts) -> None:
        """Hear a batch, and keep it without saying so."""
        self.batches.append(batch)
        for row in batch.minutes:
            key = (row.gateway, row.started_at, row.environment_sid, row.function_sid)
            self.kept[key] = max(self.kept.get(key, 0), sum(row.latency))

    @property
    def requests(self) -> int:
        return sum(self.kept.values())


class Bench:
    """A counting whose clock stands, and that is looked after by hand: no timer of its own comes first."""

    def __init__(self, **bounds: int) -> None:
        self.now = STARTED_AT
        names = iter(range(1, 100))
        self.counting = Counting(
            lambda: self.now,
            lambda size: next(names).to_bytes(size, "big"),
            flush_seconds=3600,
            **bounds,
        )
        self.receiver = Receiver()

    def move(self, seconds: float) -> None:
        """Let time pass, and the timer go off."""
        self.now += timedelta(seconds=seconds)
        self.counting._look()

    def acknowledge(self) -> None:
        """Say that the newest batch is kept."""
        self.counting.counted(self.receiver.batches[-1].number)


@pytest.fixture
def bench(anyio_backend: str) -> Iterator[Bench]:
    """One of them."""
    made = Bench()
    yield made
    made.counting.close()


async def test_statuses_and_times_are_told_apart(bench: Bench) -> None:
    """By function and environment; a minute is told by its beginning."""
    for status in (200, 302, 404, 403, 429, 500, 502, 504):
        bench.counting.answered(answered(status=status))
    bench.counting.answered(answered("b", seconds=0.5))
    bench.counting.answered(answered(environment="other", seconds=1000))
    bench.counting.connect(bench.receiver.take)
    (batch,) = bench.receiver.batches
    first, second, third = batch.minutes

    assert (first.client_errors, first.refused, first.server_errors, sum(first.latency)) == (2, 1, 3, 8)
    assert Tally(latency=second.latency).p50_seconds == pytest.approx(0.5, rel=0.6)
    assert (third.environment_sid, third.latency[-1]) == (ENVIRONMENT.derive("other"), 1)
    assert {row.started_at for row in batch.minutes} == {datetime(2026, 11, 24, 9, 30, tzinfo=UTC)}


async def test_what_is_no_functions_is_not_counted(bench: Bench) -> None:
    """Files, what was not found, and what is served without an account."""
    record = answered()
    assert record.deployment is not None
    bench.counting.answered(Answered("RQ", "GET", "/", 404, 0.1))
    bench.counting.answered(Answered("RQ", "GET", "/", 200, 0.1, record.deployment))
    own = replace(record.deployment, account_sid=None)
    bench.counting.answered(Answered("RQ", "GET", "/", 200, 0.1, own, record.function))
    bench.counting.connect(bench.receiver.take)

    assert bench.receiver.batches == []
    assert bench.counting.uncounted_total == 0


async def test_only_what_changed_is_told_again_as_it_stands(bench: Bench) -> None:
    """One batch at a time; nothing is sent where nothing happened."""
    for name in "ab":
        bench.counting.answered(answered(name))
    bench.counting.connect(bench.receiver.take)
    bench.counting.answered(answered("a"))
    bench.move(2)

    assert len(bench.receiver.batches) == 1
    bench.acknowledge()
    bench.move(2)
    bench.acknowledge()
    bench.move(2)
    assert [[sum(row.latency) for row in batch.minutes] for batch in bench.receiver.batches] == [[1, 1], [2]]


async def test_minute_that_is_over_is_told_to_its_end(bench: Bench) -> None:
    """Also what came after its last telling, and what came while that was under way."""
    bench.counting.connect(bench.receiver.take)
    bench.counting.answered(answered())
    bench.move(2)
    bench.counting.answered(answered())
    bench.move(50)
    bench.counting.answered(answered())
    bench.acknowledge()
    bench.acknowledge()

    assert [[sum(row.latency) for row in batch.minutes] for batch in bench.receiver.batches] == [[1], [2, 1]]
    assert bench.receiver.requests == 3


async def test_batch_that_was_kept_without_a_word_counts_once(bench: Bench) -> None:
    """The connection broke between the two: it is told again over the next one, under the same names."""
    for _ in range(3):
        bench.counting.answered(answered())
        bench.counting.connect(bench.receiver.take)
        bench.counting.disconnect()
        bench.move(61)
    bench.counting.connect(bench.receiver.take)

    assert bench.receiver.requests == 3
    assert len(bench.receiver.batches[-1].minutes) == 3


async def test_word_of_an_earlier_batch_means_nothing(bench: Bench) -> None:
    """It came over a connection that is gone."""
    bench.counting.answered(answered())
    bench.counting.connect(bench.receiver.take)
    bench.counting.disconnect()
    bench.counting.connect(bench.receiver.take)
    bench.counting.counted(bench.receiver.batches[0].number)
    bench.counting.disconnect()
    bench.counting.connect(bench.receiver.take)

    assert len(bench.receiver.batches) == 3


async def test_long_absence_costs_the_oldest_and_they_are_counted() -> None:
    """Less what control had of them: what it has, and what is told as lost, is all there was."""
    bench = Bench(rows_max=5)
    bench.counting.answered(answered())
    bench.counting.connect(bench.receiver.take)
    bench.acknowledge()
    bench.counting.disconnect()
    bench.counting.answered(answered())
    for _ in range(7):
        bench.move(60)
        bench.counting.answered(answered())
    bench.move(60)
    bench.counting.connect(bench.receiver.take)

    assert bench.counting.uncounted_total == 3
    assert bench.receiver.requests == 9 - 3
    bench.counting.close()


async def test_functions_of_one_minute_are_bounded() -> None:
    """Those beyond are counted together; with the next minute there is room again."""
    bench = Bench(functions_max=2)
    for name in "abcca":
        bench.counting.answered(answered(name))
    bench.move(60)
    bench.counting.answered(answered("c"))
    bench.counting.connect(bench.receiver.take)

    assert bench.counting.uncounted_total == 2
    assert bench.receiver.requests == 4
    bench.counting.close()


async def test_many_minutes_come_in_several_batches(bench: Bench) -> None:
    """The next when the one before is kept."""
    for name in map(str, range(BATCH_ROWS + 1)):
        bench.counting.answered(answered(name))
    bench.move(60)
    bench.counting.connect(bench.receiver.take)
    bench.acknowledge()
    bench.acknowledge()

    assert [len(batch.minutes) for batch in bench.receiver.batches] == [BATCH_ROWS, 1]


async def test_clock_that_is_set_back_loses_nothing(bench: Bench) -> None:
    """A minute that comes twice is told by two names."""
    bench.counting.connect(bench.receiver.take)
    for seconds in (60, -60, 60, -3600):
        bench.counting.answered(answered())
        bench.move(seconds)
        bench.acknowledge()

    assert bench.receiver.requests == 4


async def test_timer_ends_the_minute_and_then_rests() -> None:
    """No request is needed for the last minute to be told; without any, nothing wakes the process."""
    counting = Counting(lambda: datetime.now(UTC) + ahead, flush_seconds=0.01)
    # So that the minute ends in a moment.
    ahead = (
        timedelta(minutes=1)
        - timedelta(milliseconds=50)
        - timedelta(seconds=datetime.now(UTC).second, microseconds=datetime.now(UTC).microsecond)
    )
    receiver = Receiver()
    counting.connect(receiver.take)
    counting.answered(answered())

    assert await until(lambda: bool(receiver.batches))
    counting.answered(answered())
    counting.counted(1)
    assert await until(lambda: receiver.requests == 2)
    counting.counted(2)
    assert await until(lambda: counting._timer is None)
    assert counting._cells == {}
    counting.close()


async def test_drain_waits_for_control_but_not_for_ever(bench: Bench) -> None:
    """It is done when all is kept."""
    bench.counting.answered(answered())
    await bench.counting.drain(0.01)
    bench.counting.connect(bench.receiver.take)
    draining = asyncio.create_task(bench.counting.drain(10))
    await asyncio.sleep(0)
    bench.acknowledge()
    await draining

    assert bench.receiver.requests == 1


SITE = Site(
    "counted-1", {"functions/a.py": python("a"), "functions/b.py": b"def handler(context, event):\n    1 / 0\n"}
)


async def test_flood_is_counted_exactly_though_control_dies_twice(tmp_path: Path) -> None:
    """Answers by function, and the errors among them, as their callers have seen them; in a real log store."""
    seen: Counter[tuple[str, bool]] = Counter()

    async def call(path: str, count: int) -> None:
        for _ in range(count):
            seen[path, (await node.ask(SITE.host, path)).status >= 400] += 1

    async with open_control(tmp_path) as control, open_node(tmp_path / "gateway", control.socket) as node:
        await control.served(await control.publish(account(), SITE))
        for _ in range(2):
            flood = asyncio.gather(*(call(path, 25) for path in ("/a", "/a", "/b", "/nowhere")))
            assert await until(lambda: sum(seen.values()) % 100 > 20)
            await control.feed.close()
            assert await until(lambda: sum(seen.values()) % 100 > 60)
            control.feed = Feed(control.store, control.writer, control.logs)
            await control.feed.serve(control.socket)
            await flood
        await node.counting.drain(10)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        hour = CountFilter(now - timedelta(hours=1), now + timedelta(minutes=1))
        found = {each.function_sid: each.tally for each in await control.logs.read_counts(ACCOUNT_SID, hour)}

    a, b = found[FUNCTION.derive("a")], found[FUNCTION.derive("b")]
    assert len(found) == 2
    assert (a.requests, a.errors) == (100, seen["/a", True])
    assert (b.requests, b.server_errors + b.refused) == (50, 50)
    assert seen["/nowhere", True] == 50
    assert a.p99_seconds is not None
