"""Log lines as they come, as an event stream of HTML: each event is one or more lines, the newest first.

An event's id is the mark of its newest line. A browser that comes back with it, or with the mark of the page that it
stands on, is first sent what it missed: listening starts before the past is looked up, so nothing falls between, and
what is in both is sent once. Where more is missing than is sent again, a line says so. A stream ends with its session.
Must not know which lines a page shows first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gettone.console.fixtures import desk_of
from gettone.console.log_names import LogNames
from gettone.console.log_query import Mark, mark_of, read_mark, read_query
from gettone.console.render import render_text
from gettone.console.session import find_visitor, signed_in, visitor_of
from gettone.control.tails import Dropped, Tail
from gettone.model.errors import PlatformError
from gettone.model.logs import LogEntry, LogFilter
from gettone.model.pages import PageRequest

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 1000
MISSED_MAX = 500  # who was away for longer loads the page again
AT_ONCE_MAX = 100

# None stands for lines of which nobody knows how many they are.
Item = LogEntry | Dropped | None


async def tail(request: Request) -> Response:
    """Log lines as they come."""
    # A stream that goes on by itself is not sent to a page: 401 is what its script understands.
    if visitor_of(request) is None:
        return Response(status_code=401)
    wanted = read_query(request.query_params).wanted
    listening = await desk_of(request).logs.tail(signed_in(request).principal, wanted=wanted)
    try:
        mark = read_mark(request.headers.get("last-event-id") or request.query_params.get("since", ""))
        past = await _missed(request, wanted, mark) if mark is not None else ()
    except BaseException:
        listening.close()
        raise
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(request, listening, past), media_type="text/event-stream", headers=headers)


async def _missed(request: Request, wanted: LogFilter, mark: Mark) -> Sequence[Item]:
    """What came after a mark, oldest first; None first where there was more than is sent again."""
    page = await desk_of(request).logs.search(
        signed_in(request).principal, wanted=replace(wanted, start_at=mark.at), page=PageRequest(MISSED_MAX)
    )
    after: list[Item] = []
    for entry in page.items:
        if entry.sid == mark.sid:
            return after[::-1]
        after.append(entry)
    return [*([None] if page.next is not None else []), *after[::-1]]


async def _events(request: Request, tail: Tail, past: Sequence[Item]) -> AsyncIterator[bytes]:
    lines, names = aiter(tail), LogNames(request)
    waiting: asyncio.Task[tuple[Item] | None] | None = None
    sent = {item.sid for item in past if isinstance(item, LogEntry)}
    try:
        # At once, so that a browser knows that it listens.
        yield f": listening\nretry: {RETRY_MS}\n\n".encode()
        if past:
            yield await _event(request, names, past)
        while True:
            waiting = waiting or asyncio.ensure_future(_next(lines))
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                if await _is_over(request):
                    yield b"event: over\ndata: \n\n"
                    return
                yield b": still here\n\n"
                continue
            items: list[Item] = []
            while waiting.done() and len(items) < AT_ONCE_MAX:
                found = waiting.result()
                if found is None:
                    break
                items += [item for item in found if not (isinstance(item, LogEntry) and item.sid in sent)]
                waiting = asyncio.ensure_future(_next(lines))
                await asyncio.sleep(0)
            if items:
                yield await _event(request, names, items)
            if waiting.done() and waiting.result() is None:
                return
    finally:
        tail.close()
        if waiting is not None:
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


async def _next(lines: AsyncIterator[LogEntry | Dropped]) -> tuple[Item] | None:
    """The next line; None at the end."""
    async for item in lines:
        return (item,)
    return None


async def _is_over(request: Request) -> bool:
    """Whether the session has ended. While the store is away nobody knows, and lines go on."""
    try:
        return await find_visitor(request) is None
    except PlatformError:
        return False


async def _event(request: Request, names: LogNames, items: Sequence[Item]) -> bytes:
    """One event; `items` are oldest first. Data is one line after another (HTML Living Standard, 9.2.5)."""
    rows = [await line_values(names, item) for item in reversed(items)]
    text = render_text(request, "watch/_lines.html", rows=rows)
    newest = next((item for item in reversed(items) if isinstance(item, LogEntry)), None)
    head = "" if newest is None else f"id: {mark_of(newest)}\n"
    # str.splitlines() would break at characters that are no ends of lines here.
    data = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (head + "".join(f"data: {line}\n" for line in data) + "\n").encode()


async def line_values(names: LogNames, item: Item) -> dict[str, object]:
    """What a template is told of a line, or of lines that are missing."""
    if isinstance(item, LogEntry):
        return {"line": item, "function": await names.function(item), "service": await names.service(item)}
    return {"line": None, "missing": None if item is None else item.count}
