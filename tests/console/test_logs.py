"""Logs on their pages: narrowed, paged back, by request; and as they come."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

import pytest
from starlette.types import Message, Scope

from gettone.console import log_stream, logs
from gettone.console.log_query import Mark, read_mark
from gettone.control import tails
from gettone.control.tails import Tails
from gettone.model.cookies import CONSOLE_COOKIE_PLAIN
from gettone.model.logs import Level, LogEntry
from gettone.model.sids import FunctionSid, RequestSid, ServiceSid
from gettone.model.users import Role
from tests.console.rooms import Rooms, let_in, open_rooms
from tests.console.serving import BASE
from tests.control.log_lines import make_line
from tests.control.offices import OTHER_SID, STARTED_AT

pytestmark = pytest.mark.anyio

REQUEST = RequestSid("RQ" + "1" * 32)
OTHER_REQUEST = RequestSid("RQ" + "2" * 32)
WAIT_SECONDS = 5.0


@dataclass
class Logged:
    """A service whose functions printed something."""

    rooms: Rooms
    environment_sid: str
    lines: tuple[LogEntry, ...]

    @property
    def tails(self) -> Tails:
        """Who listens; the log writer hands lines on to them."""
        return self.rooms.served.desk.logs._tails

    async def page(self, **query: str | Sequence[str]) -> str:
        """The page of the logs."""
        answer = await self.rooms.served.browser.get("/logs", params=query)
        assert answer.status_code == 200
        return answer.text

    def line(self, message: str, number: int, **changes: object) -> LogEntry:
        """A line of the service's function, so many seconds after the beginning."""
        values = {
            "service_sid": ServiceSid(self.rooms.service.sid),
            "environment_sid": self.environment_sid,
            "function_sid": FunctionSid(self.rooms.file_sid),
            "request_sid": REQUEST,
            "created_at": STARTED_AT + timedelta(seconds=number),
        }
        return make_line(message, **{**values, **changes})

    async def keep(self, *lines: LogEntry) -> None:
        """Write lines as the log writer does: on to whoever listens, and into the store."""
        self.tails.hand_on(lines)
        await self.rooms.served.office.logs.add(lines)


@pytest.fixture
async def logged() -> AsyncIterator[Logged]:
    """Four lines of two requests, one of them an error, and one of no function."""
    async with open_rooms() as rooms:
        environment = (await rooms.sheet()).environment
        assert environment is not None
        logged = Logged(rooms, environment.sid, ())
        logged.lines = (
            logged.line("minting <one>", 1),
            logged.line("Traceback\n  in handler", 2, level=Level.ERROR),
            logged.line("minting two", 3, request_sid=OTHER_REQUEST),
            logged.line("deployed", 4, function_sid=None, request_sid=None, is_platform=True),
        )
        await rooms.served.office.logs.add(logged.lines)
        yield logged


def texts(page: str) -> list[str]:
    """What lines say, as they stand on a page."""
    return [html.unescape(found) for found in re.findall(r'<span class="text mono">([^<]*)</span>', page)]


@asynccontextmanager
async def listen(logged: Logged, address: str, *, last: str | None = None) -> AsyncIterator[AsyncIterator[str]]:
    """The events of a stream, each as it came; the browser goes at the end."""
    events: asyncio.Queue[str] = asyncio.Queue()
    gone = asyncio.Event()
    cookie = logged.rooms.served.browser.cookies[CONSOLE_COOKIE_PLAIN]
    headers = [(b"host", BASE.partition("//")[2].encode()), (b"cookie", f"{CONSOLE_COOKIE_PLAIN}={cookie}".encode())]
    if last is not None:
        headers.append((b"last-event-id", last.encode()))
    path, _, query = address.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 8001),
    }

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        elif body := message.get("body"):
            events.put_nowait(body.decode())

    async def serve() -> None:
        await logged.rooms.served.app(scope, receive, send)

    async def read() -> AsyncIterator[str]:
        while True:
            async with asyncio.timeout(WAIT_SECONDS):
                yield await events.get()

    running = asyncio.create_task(serve())
    try:
        yield read()
    finally:
        gone.set()
        await asyncio.wait_for(running, WAIT_SECONDS)


def stream_of(page: str) -> str:
    """The address at which a page goes on."""
    found = re.search(r'hx-sse:connect="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


async def test_newest_lines_stand_first(logged: Logged) -> None:
    """With their function's name, as text, and a link to the rest of their request."""
    page = await logged.page()

    assert texts(page) == ["deployed", "minting two", "Traceback\n  in handler", "minting <one>"]
    assert "minting <one>" not in page
    assert "Create Room Token" in page
    assert f'href="/logs/{REQUEST}"' in page


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ({"level": "error"}, ["Traceback\n  in handler"]),
        ({"level": ["error", "info"], "text": "MINT"}, ["minting two", "minting <one>"]),
        ({"text": "nothing like it"}, []),
        ({"level": "loud", "place": "nowhere", "function": "ZHx"}, None),
    ],
    ids=["level", "text", "none", "nonsense"],
)
async def test_filters_narrow(logged: Logged, query: dict[str, str], messages: list[str] | None) -> None:
    """By level and by text; what names nothing narrows nothing."""
    page = await logged.page(**query)

    assert texts(page) == ([line.message for line in logged.lines[::-1]] if messages is None else messages)


async def test_function_and_environment_narrow(logged: Logged) -> None:
    """As the editor links to it; the function can be chosen where its service is known."""
    page = await logged.page(environment=logged.environment_sid, function=logged.rooms.file_sid)

    assert texts(page) == ["minting two", "Traceback\n  in handler", "minting <one>"]
    assert f'<option value="{logged.rooms.file_sid}" selected>' in page
    assert f'<option value="{logged.environment_sid}" selected>' in page


async def test_older_lines_are_a_page_back(logged: Logged) -> None:
    """Filters stay; an older page is no live one."""
    with patch.object(logs, "LINES_SHOWN", 2):
        newest = await logged.page(text="minting")
        first = await logged.page()
        older = re.search(r'href="([^"]+)" rel="next"', first)
        assert older is not None
        answer = await logged.rooms.served.browser.get(html.unescape(older[1]))

    assert 'rel="next"' not in newest
    assert texts(answer.text) == ["Traceback\n  in handler", "minting <one>"]
    assert "hx-sse:connect" in first
    assert "hx-sse:connect" not in answer.text


async def test_request_has_all_of_its_lines(logged: Logged) -> None:
    """Oldest first, and no other's; one that printed nothing says so; what is no SID is missing."""
    browser = logged.rooms.served.browser
    page = await browser.get(f"/logs/{REQUEST}")
    silent = await browser.get(f"/logs/RQ{'9' * 32}")

    assert texts(page.text) == ["minting <one>", "Traceback\n  in handler"]
    assert silent.status_code == 200
    assert "No line of this request is kept" in silent.text
    assert (await browser.get("/logs/RQnonsense")).status_code == 404


async def test_text_that_is_too_long_is_said_so(logged: Logged) -> None:
    """At the top of the filters, which keep it."""
    answer = await logged.rooms.served.browser.get("/logs", params={"text": "x" * 1001})

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "x" * 1001 in answer.text


async def test_place_that_is_somebody_elses_is_missing(logged: Logged) -> None:
    """Whether it exists or not."""
    answer = await logged.rooms.served.browser.get("/logs", params={"place": "ZE" + "f" * 32})

    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
async def test_every_member_reads_logs(logged: Logged, role: Role) -> None:
    """Viewers, too."""
    await let_in(logged.rooms.served, role)

    assert "deployed" in await logged.page()


async def test_stream_goes_on_where_the_page_ends(logged: Logged) -> None:
    """What came between the page and its stream comes first; then what comes, once each."""
    page = await logged.page()
    await logged.keep(logged.line("in between", 5))

    async with listen(logged, stream_of(page)) as events:
        listening, missed = await anext(events), await anext(events)
        await logged.keep(logged.line("live", 6))
        live = await anext(events)

    assert listening.startswith(": listening")
    assert texts(missed) == ["in between"]
    assert texts(live) == ["live"]


async def test_stream_of_an_empty_page_begins_with_the_page(logged: Logged) -> None:
    """There is no line yet after which it could go on."""
    page = await logged.page(text="later")
    await logged.keep(logged.line("a little later", 5))

    async with listen(logged, stream_of(page)) as events:
        await anext(events)
        event = await anext(events)

    assert texts(page) == []
    assert texts(event) == ["a little later"]


async def test_stream_is_narrowed_as_its_page_is(logged: Logged) -> None:
    """Other lines do not come, nor another account's."""
    page = await logged.page(level="error", text="boom")

    async with listen(logged, stream_of(page)) as events:
        await anext(events)
        await logged.keep(
            logged.line("boom", 5),
            logged.line("silence", 6, level=Level.ERROR),
            logged.line("boom of others", 7, level=Level.ERROR, account_sid=OTHER_SID),
            logged.line("Boom!", 8, level=Level.ERROR),
        )
        event = await anext(events)

    assert texts(event) == ["Boom!"]


async def test_browser_that_comes_back_gets_what_it_missed(logged: Logged) -> None:
    """By the id of the last event that it had, whatever its address says; lines stand newest first."""
    page = await logged.page()
    async with listen(logged, stream_of(page)) as events:
        await anext(events)
        await logged.keep(logged.line("seen", 5))
        seen = re.search(r"^id: (.+)$", await anext(events), re.MULTILINE)
    assert seen is not None
    await logged.keep(logged.line("first", 6), logged.line("second", 7))

    async with listen(logged, stream_of(page), last=seen[1]) as events:
        await anext(events)
        missed = await anext(events)

    assert texts(missed) == ["second", "first"]


async def test_more_than_is_sent_again_is_told(logged: Logged) -> None:
    """A line says that some are missing; nobody knows how many."""
    page = await logged.page()
    await logged.keep(*(logged.line(f"line {number}", 5 + number) for number in range(3)))

    with patch.object(log_stream, "MISSED_MAX", 2):
        async with listen(logged, stream_of(page)) as events:
            await anext(events)
            event = await anext(events)

    assert texts(event) == ["line 2", "line 1"]
    assert "Lines are missing here" in event


async def test_dropped_lines_are_counted(logged: Logged) -> None:
    """Whoever is too slow is told how many lines are missing, where they are."""
    page = await logged.page()

    with patch.object(tails, "LINES_MAX", 2):
        async with listen(logged, stream_of(page)) as events:
            await anext(events)
            await logged.keep(*(logged.line(f"line {number}", 5 + number) for number in range(5)))
            event = await anext(events)

    assert texts(event) == ["line 1", "line 0"]
    assert "3 lines are missing here" in event


async def test_stream_ends_with_its_session(logged: Logged) -> None:
    """Whoever signs out elsewhere reads no more; who is not signed in at all gets none."""
    served = logged.rooms.served
    page = await logged.page()
    secret = served.browser.cookies[CONSOLE_COOKIE_PLAIN]

    with patch.object(log_stream, "HEARTBEAT_SECONDS", 0.05):
        async with listen(logged, stream_of(page)) as events:
            beat = await anext(events)
            await served.desk.sessions.sign_out(secret)
            while not beat.startswith("event: over"):
                beat = await anext(events)

    assert logged.tails.count == 0
    assert (await served.browser.get(stream_of(page))).status_code == 401


async def test_listening_ends_when_the_browser_goes(logged: Logged) -> None:
    """Nothing goes on for a page that is closed."""
    async with listen(logged, stream_of(await logged.page())) as events:
        await anext(events)
        listening = logged.tails.count

    assert listening == 1
    assert logged.tails.count == 0


@pytest.mark.parametrize("text", ["", "x", "-", "9" * 18 + "-NO", "-1-NO", "\u0661-NO"])
def test_mark_that_is_none_is_passed_over(text: str) -> None:
    """Anybody can write one."""
    assert read_mark(text) is None


def test_mark_is_read_as_it_was_written() -> None:
    """To the microsecond."""
    mark = Mark(STARTED_AT + timedelta(microseconds=1), "NO" + "a" * 32)

    assert read_mark(str(mark)) == mark
