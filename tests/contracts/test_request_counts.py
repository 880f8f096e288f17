"""What every log store keeps of counts: each minute once, added up by step, by function or all together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gettone.model.logs import LogFilter
from gettone.model.pages import PageRequest
from gettone.model.request_counts import LATENCY_BUCKETS, CountFilter, FunctionCount, StepCount, Tally
from gettone.model.sids import AccountSid, EnvironmentSid, FunctionSid, ServiceSid
from gettone.store.interface import LogStore
from tests.store import nouns
from tests.store.nouns import ACCOUNT, ENVIRONMENT, FUNCTION, SERVICE, minute_count, sid

pytestmark = pytest.mark.anyio

OTHER = AccountSid(sid("AC", 2))
OTHER_SERVICE = ServiceSid(sid("ZS", 2))
OTHER_ENVIRONMENT = EnvironmentSid(sid("ZE", 2))
OTHER_FUNCTION = FunctionSid(sid("ZH", 2))
START = minute_count(0).started_at
HOUR = CountFilter(START, START + timedelta(hours=1))


def seen(count: FunctionCount) -> tuple[str, str, int, int]:
    """Which function, in which minute of the hour, how often."""
    minute = int((count.started_at - START).total_seconds()) // 60
    return count.environment_sid[-1], count.function_sid[-1], minute, count.tally.requests


async def test_every_number_comes_back(logs: LogStore) -> None:
    """Each in its place."""
    tally = Tally(1, 2, 3, tuple(range(10, 10 + LATENCY_BUCKETS)))
    await logs.add_counts([])
    await logs.add_counts([replace(minute_count(), tally=tally)])

    assert await logs.read_counts(ACCOUNT, HOUR) == [FunctionCount(SERVICE, ENVIRONMENT, FUNCTION, START, tally)]
    assert await logs.read_totals(ACCOUNT, HOUR) == [StepCount(START, tally)]


async def test_what_is_told_again_counts_once(logs: LogStore) -> None:
    """The highest stays, in whichever order it comes: a batch that was under way may be late."""
    for requests in (3, 5, 5, 4):
        await logs.add_counts([minute_count(requests=requests), minute_count(1, requests=requests)])
    totals = await logs.read_totals(ACCOUNT, HOUR)

    assert [each.tally.requests for each in totals] == [10]


async def test_one_batch_may_tell_a_minute_twice(logs: LogStore) -> None:
    """Nothing forbids it."""
    await logs.add_counts([minute_count(requests=1), minute_count(requests=2)])

    assert [seen(each) for each in await logs.read_counts(ACCOUNT, HOUR)] == [("1", "1", 0, 2)]


async def test_gateways_add_up(logs: LogStore) -> None:
    """Also one that was started anew in the same minute."""
    await logs.add_counts([minute_count(requests=2), minute_count(requests=3, gateway="g2")])

    assert [seen(each) for each in await logs.read_counts(ACCOUNT, HOUR)] == [("1", "1", 0, 5)]


async def test_steps_begin_where_the_time_begins(logs: LogStore) -> None:
    """Its first minute is in it, its last is not."""
    await logs.add_counts([minute_count(minute, requests=1 << minute) for minute in range(12)])
    wanted = CountFilter(START + timedelta(minutes=2), START + timedelta(minutes=11), step=timedelta(minutes=5))

    assert [seen(each) for each in await logs.read_counts(ACCOUNT, wanted)] == [
        ("1", "1", 2, 0b1111100),
        ("1", "1", 7, 0b11110000000),
    ]
    assert [each.tally.requests for each in await logs.read_totals(ACCOUNT, wanted)] == [0b1111100, 0b11110000000]


async def test_functions_stand_apart(logs: LogStore) -> None:
    """The same function in two environments, too; and what is not wanted is left out."""
    counts = [
        minute_count(requests=1),
        minute_count(requests=2, environment_sid=OTHER_ENVIRONMENT),
        minute_count(requests=4, function_sid=OTHER_FUNCTION),
        minute_count(requests=8, service_sid=OTHER_SERVICE, environment_sid=sid("ZE", 3), function_sid=sid("ZH", 3)),
        minute_count(requests=16, account_sid=OTHER),
    ]
    await logs.add_counts(counts)
    wanted = [
        (HOUR, 0b1111),
        (replace(HOUR, service_sid=SERVICE), 0b0111),
        (replace(HOUR, environment_sid=OTHER_ENVIRONMENT), 0b0010),
        (replace(HOUR, function_sids=frozenset({FUNCTION})), 0b0011),
        (replace(HOUR, function_sids=frozenset({FUNCTION}), environment_sid=ENVIRONMENT), 0b0001),
        (replace(HOUR, function_sids=frozenset()), 0),
        (replace(HOUR, environment_sid=EnvironmentSid("x\0")), 0),
        (replace(HOUR, service_sid=ServiceSid("' OR 1=1 --")), 0),
    ]
    for narrowed, expected in wanted:
        by_function = await logs.read_counts(ACCOUNT, narrowed)
        totals = await logs.read_totals(ACCOUNT, narrowed)

        assert sum(each.tally.requests for each in by_function) == expected
        assert sum(each.tally.requests for each in totals) == expected
    assert [seen(each)[:2] for each in await logs.read_counts(ACCOUNT, HOUR)] == [
        ("1", "1"),
        ("1", "2"),
        ("2", "1"),
        ("3", "3"),
    ]


async def test_minutes_of_whole_hours_are_folded(logs: LogStore) -> None:
    """Nothing is lost, of no function; what came late is added to its hour by the next fold, and none twice."""
    hour = timedelta(hours=1)
    wanted = replace(HOUR, start_at=START - 2 * hour, step=hour)
    counts = [minute_count(minute, requests=1) for minute in (-120, -61, -60, -1, 0, 59)]
    await logs.add_counts([*counts, minute_count(-1, requests=7, gateway="g2", function_sid=OTHER_FUNCTION)])
    before = [seen(each) for each in await logs.read_counts(ACCOUNT, wanted)]
    gone = [await logs.fold_counts(START + timedelta(minutes=59)), await logs.fold_counts(START)]
    after = [seen(each) for each in await logs.read_counts(ACCOUNT, wanted)]
    await logs.add_counts([minute_count(-30, requests=100)])
    gone.append(await logs.fold_counts(START))
    late = await logs.read_totals(ACCOUNT, wanted)
    first_minutes = await logs.read_totals(ACCOUNT, replace(wanted, step=timedelta(minutes=1), end_at=START))

    assert before == after == [("1", "1", -120, 2), ("1", "1", -60, 2), ("1", "2", -60, 7), ("1", "1", 0, 2)]
    assert gone == [5, 0, 1]
    assert [each.tally.requests for each in late] == [2, 109, 2]
    assert [each.started_at for each in first_minutes] == [START - 2 * hour, START - hour]
    assert await logs.prune_counts(START) == 3


async def test_old_counts_go(logs: LogStore) -> None:
    """Exactly those that began earlier, however many there are; no line goes with them."""
    many = [0, 1, 59, 60, 61, 200, 10_000]
    await logs.add_counts([minute_count(-minute) for minute in many])
    await logs.add([nouns.log_entry(1)])
    gone = [await logs.prune_counts(START - timedelta(minutes=59, seconds=30)), await logs.prune_counts(START)]
    left = await logs.read_totals(ACCOUNT, replace(HOUR, start_at=START - timedelta(days=30)))
    lines = await logs.page(ACCOUNT, LogFilter(), PageRequest())

    assert gone == [4, 2]
    assert [each.tally.requests for each in left] == [1]
    assert len(lines.items) == 1


async def test_an_account_takes_its_counts_along(logs: LogStore) -> None:
    """All of its own, and no other's."""
    await logs.add_counts([minute_count(0), minute_count(1), minute_count(2, account_sid=OTHER)])
    gone = await logs.delete_account(ACCOUNT)
    left = [await logs.read_totals(account, HOUR) for account in (ACCOUNT, OTHER)]

    assert (gone, [len(each) for each in left]) == (2, [0, 1])
