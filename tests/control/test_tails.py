"""Live tails: who listens gets what is wanted, in order, and the exact size of every gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gettone.control.tails import BYTES_MAX, LINES_MAX, TAILS_PER_ACCOUNT_MAX, Dropped, Tail, Tails, matches
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import PageRequest
from gettone.model.sids import FunctionSid, RequestSid, ServiceSid
from gettone.store.interface import LogStore
from gettone.store.sqlite import open_sqlite_logs
from tests.control.log_lines import ENVIRONMENT_SID, OTHER_ENVIRONMENT_SID, SERVICE_SID, make_line
from tests.control.offices import ACCOUNT_SID, OTHER_SID, STARTED_AT

pytestmark = pytest.mark.anyio

FUNCTION_SID = FunctionSid("ZH" + "1" * 32)
REQUEST_SID = RequestSid("RQ" + "1" * 32)
LINES = [
    make_line(
        message,
        level=level,
        environment_sid=environment,
        function_sid=function,
        request_sid=request,
        created_at=STARTED_AT + timedelta(seconds=second),
    )
    for second, (message, level, environment, function, request) in enumerate(
        [
            ("started", Level.INFO, ENVIRONMENT_SID, FUNCTION_SID, REQUEST_SID),
            ("a WARNING, 100%", Level.WARNING, ENVIRONMENT_SID, FUNCTION_SID, None),
            ("TypeError: x_y", Level.ERROR, OTHER_ENVIRONMENT_SID, None, REQUEST_SID),
            ("", Level.INFO, OTHER_ENVIRONMENT_SID, None, None),
        ]
    )
]
MOMENTS = st.none() | st.integers(-1, 5).map(lambda second: STARTED_AT + timedelta(seconds=second))
FILTERS = st.builds(
    LogFilter,
    environment_sid=st.sampled_from([None, ENVIRONMENT_SID, OTHER_ENVIRONMENT_SID]),
    service_sid=st.sampled_from([None, SERVICE_SID, ServiceSid("ZS" + "9" * 32)]),
    function_sid=st.sampled_from([None, FUNCTION_SID]),
    request_sid=st.sampled_from([None, REQUEST_SID]),
    levels=st.none() | st.frozensets(st.sampled_from(Level)),
    text=st.none() | st.sampled_from(["", "start", "ERROR", "100%", "x_y", "xzy", "%", "_", "'"]),
    start_at=MOMENTS,
    end_at=MOMENTS,
)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The product's loop."""
    return "asyncio"


@pytest.fixture(scope="module")
async def store(anyio_backend: str) -> AsyncIterator[LogStore]:
    """A log store that holds LINES."""
    opened = await open_sqlite_logs(None)
    await opened.add(LINES)
    yield opened
    await opened.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=FILTERS)
async def test_tail_and_page_want_the_same_lines(store: LogStore, wanted: LogFilter) -> None:
    """One filter, two places that ask it: the matcher here, the database there."""
    page = await store.page(ACCOUNT_SID, wanted, PageRequest())

    assert list(page.items[::-1]) == [line for line in LINES if matches(wanted, line)]


async def next_of(tail: Tail, count: int) -> list[LogEntry | Dropped]:
    """So many items, which must come soon."""
    async with asyncio.timeout(5):
        return [await anext(tail) for _ in range(count)]


async def test_line_reaches_who_listens_already() -> None:
    """At once, while it waits."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter(levels=frozenset({Level.INFO})))
    waiting = asyncio.create_task(next_of(tail, 2))
    await asyncio.sleep(0)

    tails.hand_on(LINES)

    assert await waiting == [LINES[0], LINES[3]]
    tail.close()


async def test_line_of_another_account_reaches_nobody_else() -> None:
    """Whatever the filter says."""
    tails = Tails()
    tail = tails.listen(OTHER_SID, LogFilter())

    tails.hand_on(LINES)
    tail.close()

    assert [item async for item in tail] == []


async def test_slow_listener_is_told_exactly_what_is_missing_and_where() -> None:
    """Two gaps, each at its place."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter())
    lines = [make_line(str(number)) for number in range(LINES_MAX + 30)]

    tails.hand_on(lines[: LINES_MAX + 10])
    first = await next_of(tail, 5)
    tails.hand_on(lines[LINES_MAX + 10 :])
    tail.close()
    rest = [item async for item in tail]

    heard = first + rest
    assert heard[:LINES_MAX] == lines[:LINES_MAX]
    assert heard[LINES_MAX] == Dropped(10)
    after = heard[LINES_MAX + 1 :]
    last = after[-1]
    assert isinstance(last, Dropped)
    assert after[:-1] == lines[LINES_MAX + 10 : LINES_MAX + 30 - last.count]


async def test_long_lines_fill_a_tail_sooner() -> None:
    """A bound of bytes; one line is taken however long it is."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter())
    lines = [make_line("x" * BYTES_MAX), make_line("y"), make_line("z")]

    tails.hand_on(lines)

    assert await next_of(tail, 2) == [lines[0], Dropped(2)]
    tails.hand_on(lines[1:])
    assert await next_of(tail, 2) == lines[1:]
    tail.close()


async def test_too_many_listeners_are_refused_until_one_goes() -> None:
    """An account cannot fill the memory."""
    tails = Tails()
    listening = [tails.listen(ACCOUNT_SID, LogFilter()) for _ in range(TAILS_PER_ACCOUNT_MAX)]

    with pytest.raises(PlatformError) as refused:
        tails.listen(ACCOUNT_SID, LogFilter())
    listening.pop().close()
    listening.append(tails.listen(ACCOUNT_SID, LogFilter()))

    assert refused.value.code == "unavailable"
    tails.close()
    assert [item for tail in listening async for item in tail] == []


async def test_closed_tail_ends_who_waits() -> None:
    """At a shutdown nobody hangs."""
    tails = Tails()
    tail = tails.listen(ACCOUNT_SID, LogFilter())

    async def listen() -> list[LogEntry | Dropped]:
        return [item async for item in tail]

    waiting = asyncio.create_task(listen())
    await asyncio.sleep(0)
    tails.close()

    async with asyncio.timeout(5):
        assert await waiting == []


async def test_tail_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may listen is asked when a tail opens, so none may stay open for ever."""
    monkeypatch.setattr("gettone.control.tails.TAIL_SECONDS_MAX", 0.01)
    tail = Tails().listen(ACCOUNT_SID, LogFilter())

    async with asyncio.timeout(5):
        assert [item async for item in tail] == []
