"""What every log store keeps: lines in the order they came, found by filter, pruned from the old end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gettone.model.logs import Level, LogFilter
from gettone.model.pages import PageRequest
from gettone.model.sids import AccountSid, EnvironmentSid, FunctionSid, RequestSid, ServiceSid
from gettone.store.interface import LogStore
from gettone.store.log_store import DELETED_AT_ONCE
from tests.store import nouns
from tests.store.nouns import ACCOUNT, FUNCTION, MOMENT, sid

pytestmark = pytest.mark.anyio

OTHER = AccountSid(sid("AC", 2))
REQUEST = RequestSid(sid("RQ", 1))
EVERYTHING = LogFilter()

# Line 1 to 6, and which of them each filter wants.
LINES: list[dict[str, Any]] = [
    {"message": "100% of C:\\temp_1"},
    {"message": "Ünïcode ΩMEGA", "level": Level.WARNING, "function_sid": FUNCTION},
    {"message": "error: <b>", "level": Level.ERROR, "function_sid": FUNCTION, "request_sid": REQUEST},
    {"message": "", "is_platform": True, "request_sid": REQUEST},
    {"message": "elsewhere", "environment_sid": sid("ZE", 2)},
    {"message": "far away", "environment_sid": sid("ZE", 3), "service_sid": sid("ZS", 2)},
]
WANTED: list[tuple[LogFilter, list[int]]] = [
    (EVERYTHING, [1, 2, 3, 4, 5, 6]),
    (LogFilter(environment_sid=EnvironmentSid(sid("ZE", 2))), [5]),
    (LogFilter(service_sid=ServiceSid(sid("ZS", 1))), [1, 2, 3, 4, 5]),
    (LogFilter(function_sid=FUNCTION), [2, 3]),
    (LogFilter(function_sid=FunctionSid("x' OR 1=1 --")), []),
    (LogFilter(request_sid=REQUEST), [3, 4]),
    (LogFilter(request_sid=REQUEST, function_sid=FUNCTION), [3]),
    (LogFilter(levels=frozenset({Level.WARNING, Level.ERROR})), [2, 3]),
    (LogFilter(levels=frozenset()), []),
    (LogFilter(text="ERROR: <B>"), [3]),
    (LogFilter(text="100%"), [1]),
    (LogFilter(text="%"), [1]),
    (LogFilter(text="_"), [1]),
    (LogFilter(text="\\TEMP"), [1]),
    (LogFilter(text="omega"), []),
    (LogFilter(text="code"), [2]),
    (LogFilter(text=""), [1, 2, 3, 4, 5, 6]),
    (LogFilter(text="x" * 100_000), []),
    (LogFilter(text="a\0b"), []),
    (LogFilter(text="\ud800"), []),
    (LogFilter(start_at=MOMENT + timedelta(seconds=3)), [3, 4, 5, 6]),
    (LogFilter(end_at=MOMENT + timedelta(seconds=3)), [1, 2]),
    (LogFilter(start_at=MOMENT + timedelta(seconds=2), end_at=MOMENT + timedelta(seconds=4), text="e"), [2, 3]),
]


async def test_each_filter_finds_its_lines(logs: LogStore) -> None:
    """Newest first, all conditions together, nothing in a text is a pattern, and upper case is lower case."""
    entries = [nouns.log_entry(n, **each) for n, each in enumerate(LINES, 1)]
    await logs.add([*entries, nouns.log_entry(7, account_sid=OTHER)])
    found = [(wanted, list((await logs.page(ACCOUNT, wanted, PageRequest())).items)) for wanted, _ in WANTED]

    assert found == [(wanted, [entries[n - 1] for n in reversed(numbers)]) for wanted, numbers in WANTED]


async def test_pages_lead_through_what_is_wanted(logs: LogStore) -> None:
    """Forth and back, whatever stands between."""
    await logs.add([nouns.log_entry(n, level=Level.ERROR if n % 2 else Level.INFO) for n in range(1, 12)])
    wanted = LogFilter(levels=frozenset({Level.ERROR}))
    first = await logs.page(ACCOUNT, wanted, PageRequest(4))
    second = await logs.page(ACCOUNT, wanted, PageRequest(4, after=first.next))
    again = await logs.page(ACCOUNT, wanted, PageRequest(4, before=second.previous))

    assert [entry.message for entry in first.items] == ["line 11", "line 9", "line 7", "line 5"]
    assert [entry.message for entry in second.items] == ["line 3", "line 1"]
    assert (first.previous, second.next, again) == (None, None, first)


async def test_a_line_is_found_by_its_account_alone(logs: LogStore) -> None:
    """Another account's line is not there."""
    complete = nouns.log_entry(
        1, build_sid=sid("ZB", 1), deployment_sid=sid("ZD", 1), function_sid=FUNCTION, request_sid=REQUEST
    )
    await logs.add([complete])
    found = [
        await logs.find(ACCOUNT, complete.sid),
        await logs.find(OTHER, complete.sid),
        await logs.find(ACCOUNT, sid("NO", 2)),
        await logs.find(ACCOUNT, "\0"),
    ]

    assert found == [complete, None, None, None]


async def test_a_batch_that_is_sent_again_adds_nothing(logs: LogStore) -> None:
    """A sender that does not know whether a batch arrived may repeat it."""
    await logs.add([])
    await logs.add([nouns.log_entry(1), nouns.log_entry(2)])
    await logs.add([nouns.log_entry(2, message="changed"), nouns.log_entry(3)])
    page = await logs.page(ACCOUNT, EVERYTHING, PageRequest())

    assert list(page.items) == [nouns.log_entry(n) for n in (3, 2, 1)]


async def test_a_line_may_hold_anything(logs: LogStore) -> None:
    """What cannot be kept is replaced: a program that prints it loses no line."""
    await logs.add([nouns.log_entry(1, message="a\0b\ud800c\U0001fa99"), nouns.log_entry(2, message="x" * (1 << 20))])
    first = await logs.find(ACCOUNT, sid("NO", 1))
    second = await logs.find(ACCOUNT, sid("NO", 2))

    assert first == nouns.log_entry(1, message="a\N{REPLACEMENT CHARACTER}b?c\U0001fa99")
    assert second == nouns.log_entry(2, message="x" * (1 << 20))


async def test_old_lines_go(logs: LogStore) -> None:
    """Exactly what is older, however much that is."""
    many = DELETED_AT_ONCE + 1
    old = [nouns.log_entry(n, created_at=MOMENT - timedelta(microseconds=1)) for n in range(many)]
    await logs.add([*old, replace(nouns.log_entry(many), created_at=MOMENT)])
    gone = await logs.prune(MOMENT)
    left = await logs.page(ACCOUNT, EVERYTHING, PageRequest())

    assert (gone, [entry.sid for entry in left.items]) == (many, [sid("NO", many)])


async def test_an_account_takes_its_lines_along(logs: LogStore) -> None:
    """All of its own, and no other's."""
    await logs.add([nouns.log_entry(1), nouns.log_entry(2), nouns.log_entry(3, account_sid=OTHER)])
    gone = await logs.delete_account(ACCOUNT)
    left = [(await logs.page(account, EVERYTHING, PageRequest())).items for account in (ACCOUNT, OTHER)]

    assert (gone, left) == (2, [(), (nouns.log_entry(3, account_sid=OTHER),)])
