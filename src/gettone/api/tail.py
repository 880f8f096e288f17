"""`/api/v1/logs/tail`: log lines as they come, as server-sent events.

A line is a message, its id the line's SID. `dropped` says how many are missing at its place; null where nobody knows.
A client that comes back with `Last-Event-ID` is first sent what it missed, where it names service and environment:
listening starts before the past is looked up, so nothing falls between, and what is in both is sent once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from gettone.api.calls import Call, Caller
from gettone.api.edge import TAIL_PATH
from gettone.api.fields import Text, said
from gettone.api.openapi import EVENTS, OWN_ERRORS
from gettone.api.shapes_own import show_line
from gettone.control.tails import Dropped, Tail
from gettone.model.errors import PlatformError
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import PageRequest
from gettone.model.sids import ENVIRONMENT, FUNCTION, REQUEST, SERVICE

router = APIRouter(tags=["Logs"], responses=OWN_ERRORS)

EnvironmentSid = Annotated[Text, said(pattern="^ZE[0-9a-f]{32}$")]
FunctionSid = Annotated[Text, said(pattern="^ZH[0-9a-f]{32}$")]
RequestSid = Annotated[Text, said(pattern="^RQ[0-9a-f]{32}$")]
Needle = Annotated[Text, said(maxLength=1000)]

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 1000
MISSED_MAX = 1000  # lines sent again; who was away for longer reads the log


# FastAPI would take a response class of its own for a promise that this is a generator.
@router.get(TAIL_PATH, response_class=StreamingResponse, responses=EVENTS)
async def tail_logs(
    call: Caller,
    service: Annotated[Text | None, Query(description="A service's SID or unique name")] = None,
    environment: Annotated[EnvironmentSid | None, Query(alias="environment_sid")] = None,
    function: Annotated[FunctionSid | None, Query(alias="function_sid")] = None,
    request: Annotated[RequestSid | None, Query(alias="request_sid")] = None,
    levels: Annotated[list[Level] | None, Query(alias="level", description="Repeat it for more than one")] = None,
    text: Annotated[Needle | None, Query(description="Lines that hold this text")] = None,
    last: Annotated[Text | None, Header(alias="Last-Event-ID")] = None,
) -> EventSourceResponse:
    """Log lines as they come."""
    if service is not None and not SERVICE.matches(service):
        service = (await call.use.services.get(call.principal, service=service)).sid
    wanted = LogFilter(
        service_sid=None if service is None else SERVICE.check(service),
        environment_sid=None if environment is None else ENVIRONMENT.check(environment),
        function_sid=None if function is None else FUNCTION.check(function),
        request_sid=None if request is None else REQUEST.check(request),
        levels=None if levels is None else frozenset(levels),
        text=text,
    )
    tail = await call.use.logs.tail(call.principal, wanted=wanted)
    try:
        past = await _missed(call, wanted, last) if last else []
    except BaseException:
        tail.close()
        raise
    return EventSourceResponse(_events(tail, past))


async def _missed(call: Call, wanted: LogFilter, last: str) -> Sequence[LogEntry | Dropped | None]:
    """What came after a line, oldest first; None first where there was more than is sent again."""
    if wanted.environment_sid is None or wanted.service_sid is None:
        return [None]
    service, environment = wanted.service_sid, wanted.environment_sid
    try:
        seen = await call.use.logs.get(call.principal, service=service, environment_sid=environment, sid=last)
    except PlatformError as error:
        if error.code != "not_found":
            raise
        return [None]
    page = await call.use.logs.page(
        call.principal,
        service=service,
        environment_sid=environment,
        function_sid=wanted.function_sid,
        request_sid=wanted.request_sid,
        levels=wanted.levels,
        text=wanted.text,
        start_at=seen.created_at,
        page=PageRequest(MISSED_MAX),
    )
    after: list[LogEntry | Dropped | None] = []
    for entry in page.items:
        if entry.sid == seen.sid:
            return after[::-1]
        after.append(entry)
    return [*([None] if page.next is not None else []), *after[::-1]]


async def _events(tail: Tail, past: Sequence[LogEntry | Dropped | None]) -> AsyncIterator[bytes]:
    lines = aiter(tail)
    waiting: asyncio.Task[LogEntry | Dropped | None] | None = None
    sent = {entry.sid for entry in past if isinstance(entry, LogEntry)}
    try:
        # At once, so that a client knows that it listens.
        yield format_sse_event(comment="listening", retry=RETRY_MS)
        for item in past:
            yield _event(item)
        while True:
            waiting = waiting or asyncio.ensure_future(_next(lines))
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield KEEPALIVE_COMMENT
                continue
            item, waiting = waiting.result(), None
            if item is None:
                return
            if not (isinstance(item, LogEntry) and item.sid in sent):
                yield _event(item)
    finally:
        tail.close()
        if waiting is not None:
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


async def _next(lines: AsyncIterator[LogEntry | Dropped]) -> LogEntry | Dropped | None:
    """The next line; None at the end."""
    async for item in lines:
        return item
    return None


def _event(item: LogEntry | Dropped | None) -> bytes:
    if isinstance(item, LogEntry):
        return format_sse_event(data_str=show_line(item).model_dump_json(), id=item.sid)
    count = None if item is None else item.count
    return format_sse_event(data_str=json.dumps({"count": count}), event="dropped")
