"""One request and its answer on a connection, as uvicorn's cycle, leaner.

A request that has come whole needs no task and no messages: it is given on as it is, and `answer` sends its answer in
one write. Any other is an ASGI application's, with `receive` and `send` (docs/decisions/0007).

The application below states the length of every body and never sends header names or values that it has not checked:
so neither is checked again here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Final, Literal

from uvicorn._types import ASGIVersions, HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gettone.gateway.asgi import Message
from gettone.gateway.asked import Asked, Headers

ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.3"}

# What uvicorn rings when more of a request arrives. Nobody listens for it where there is no task.
_UNHEARD: Final = asyncio.Event()


class EdgeCycle(RequestResponseCycle):
    """State beyond uvicorn's: `asked`, and `_head`, an ASGI answer's head until its first piece of body."""

    logger = logging.getLogger("uvicorn.error")
    _head: bytes = b""

    def __init__(
        self,
        asked: Asked,
        transport: asyncio.Transport,
        flow: FlowControl,
        expects_100: bool,
        keep_alive: bool,
        on_response: Callable[[], None],
    ) -> None:
        # Not uvicorn's own: what only a task needs is made by `prepare_task`.
        self.asked = asked
        self.transport = transport
        self.flow = flow
        self.waiting_for_100_continue = expects_100
        self.keep_alive = keep_alive
        self.on_response = on_response
        self.message_event = _UNHEARD
        self.disconnected = False
        self.body = bytearray()
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.expected_content_length = 0

    def prepare_task(self, scheme: Literal["http", "https"], server: tuple[str, int | None] | None) -> None:
        """Be ready for `run_asgi`."""
        asked = self.asked
        self.scope: HTTPScope = {
            "type": "http",
            "asgi": ASGI,
            "http_version": asked.http_version,
            "method": asked.method,
            "scheme": scheme,
            "path": asked.path,
            "raw_path": asked.raw_path,
            "query_string": asked.query,
            "root_path": "",
            "headers": asked.headers,
            "client": asked.client,
            "server": server,
        }
        self.message_event = asyncio.Event()
        if self.body or not self.more_body:
            self.message_event.set()

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer in one write."""
        if self.disconnected:
            return
        if self.flow.write_paused:
            self._waiting = asyncio.ensure_future(self._answer_when_taken(status, headers, body))
            return
        self.response_started = True
        head = self._encode_head(status, headers)
        self.transport.write(head if self.asked.method == "HEAD" else head + body)
        self._complete()

    async def _answer_when_taken(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer once the caller has taken what was sent before: what it leaves unread must not pile up."""
        await self.flow.drain()
        self.answer(status, headers, body)

    async def send(self, message: Message) -> None:  # type: ignore[override]
        """Send the head with the first piece of the body, then the rest (ASGI `send`)."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start":
            self.response_started = True
            self.waiting_for_100_continue = False
            headers: Headers = message["headers"]
            self.expected_content_length = int(dict(headers).get(b"content-length", b"0"))
            self._head = self._encode_head(message["status"], headers)
            return
        body: bytes = message.get("body", b"")
        is_head = self.asked.method == "HEAD"
        if not is_head:
            self.expected_content_length -= len(body)
        data = self._head if is_head else self._head + body
        self._head = b""
        if data:
            self.transport.write(data)
        if message.get("more_body", False):
            return
        if self.expected_content_length and not is_head:
            # A body that is not as long as was said would be read as part of the next answer.
            self.keep_alive = False
        self.message_event.set()
        self._complete()

    def _encode_head(self, status: int, headers: Headers) -> bytes:
        content = [STATUS_LINE[status], http_date()]
        for name, value in headers:
            content += (name, b": ", value, b"\r\n")
        content.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        return b"".join(content)

    def _complete(self) -> None:
        self.response_complete = True
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


_dated_at = 0
_date_line = b""


def http_date() -> bytes:
    """The Date header's line, made once a second."""
    global _dated_at, _date_line
    now = int(time.time())
    if now != _dated_at:
        _dated_at, _date_line = now, f"date: {formatdate(now, usegmt=True)}\r\n".encode()
    return _date_line
