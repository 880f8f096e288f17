"""The edge: bounds of head, body, time and number on each connection, and the answer when one is passed.

A subclass of uvicorn's httptools protocol. Stock uvicorn buffers megabytes of headers and never times them out.
It must not know functions: what it refuses is refused before anything is looked up.

State of a connection: `_stage` and `_deadline` (when its present stage must have ended), watched by the one sweeper of
its `Edge`; `_head_open` while a head has begun and has no end; `_raw_bytes` that came since a head or a body began;
`_header_bytes`, `_hosts`, `_declared_bytes`, `_body_bytes` of the request; `_begun`, a request whose turn it is when
what has been read is parsed; `_put_off`, a refusal that waits its turn.

    IDLE --first byte--> HEAD --headers whole--> BODY --message whole--> SERVING --answer sent--> IDLE
"""

from __future__ import annotations

import asyncio
import http
import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gettone.gateway.asked import Asked, Reply, read_target
from gettone.gateway.cycle import EdgeCycle

# Takes a request that has come whole, to answer it now or later. False: it is for the ASGI application.
BeginWhole = Callable[[Asked, bytes, Reply], bool]

SWEEP_SECONDS = 0.5
LINGER_SECONDS = 2.0
CHUNKS_BYTES_MAX = 1 << 16  # what the framing of a chunked body may add, beside as much again as the body
FAILED = b"Internal Server Error"
FAILED_HEADERS = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(FAILED))]


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Bounds of a connection. Head and body figures are the cloud's."""

    header_bytes_max: int = 15 * 1024
    headers_max: int = 90
    target_bytes_max: int = 8 * 1024
    body_bytes_max: int = 1 << 20
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    write_seconds: float = 30.0
    idle_seconds: float = 65.0
    connections_max: int = 10_000


class Stage(Enum):
    """What a connection is busy with."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    SERVING = "serving"
    REFUSED = "refused"


# An enumeration's member takes five times as long to find as a global, and each request passes eight of them.
IDLE, HEAD, BODY, SERVING, REFUSED = Stage


class Edge:
    """The limits of one listener and the connections that they watch.

    `begin_whole` is offered every request that has come whole; the others are the ASGI application's.
    """

    def __init__(self, limits: EdgeLimits, begin_whole: BeginWhole = lambda asked, body, reply: False) -> None:
        self.limits = limits
        self.begin_whole = begin_whole
        self.connections: set[EdgeProtocol] = set()
        self.now = 0.0  # the loop's time at the last sweep: deadlines need no finer one
        self._sweeper: asyncio.TimerHandle | None = None

    def protocol(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> EdgeProtocol:
        """A new connection's protocol, as uvicorn asks for it."""
        return EdgeProtocol(self, config, server_state, app_state, _loop)

    def watch(self, connection: EdgeProtocol) -> None:
        """Keep an eye on a connection until it is lost."""
        self.connections.add(connection)
        if self._sweeper is None:
            self.now = connection.loop.time()
            self._sweeper = connection.loop.call_later(SWEEP_SECONDS, self._sweep, connection.loop)

    @property
    def under_way(self) -> int:
        """How many requests have no answer yet."""
        return sum(connection.under_way for connection in self.connections)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = self.now = loop.time()
        for connection in list(self.connections):
            connection.check_time(now)
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep, loop) if self.connections else None


class EdgeProtocol(HttpToolsProtocol):
    """One connection."""

    cycle: EdgeCycle | None  # type: ignore[assignment]  # uvicorn's says that there always is one
    pipeline: deque[tuple[EdgeCycle, ASGI3Application]]  # type: ignore[assignment]

    def __init__(
        self,
        edge: Edge,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.edge = edge
        self.limits = edge.limits
        self._stage = IDLE
        self._deadline = 0.0
        self._head_open = False
        self._raw_bytes = self._header_bytes = self._declared_bytes = self._hosts = 0
        self._body_bytes = 0
        self._begun: EdgeCycle | None = None
        self._begin_whole = edge.begin_whole
        self._put_off: bytes | None = None
        self._unsent_bytes = 0
        self._unsent_since = 0.0

    @property
    def under_way(self) -> int:
        """How many requests of this connection have no answer yet."""
        cycle = self.cycle
        return 0 if cycle is None or cycle.response_complete else 1 + len(self.pipeline)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch the connection; refuse it when there are too many."""
        super().connection_made(transport)
        self.edge.watch(self)
        self._enter(IDLE, self.limits.header_seconds)
        if len(self.edge.connections) > self.limits.connections_max:
            self._refuse(503, "Too many connections are open. Try again.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.edge.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what arrives, then parse it."""
        if self._stage is REFUSED:
            return
        if self._stage is IDLE:
            self._enter(HEAD, self.limits.header_seconds)
        self._raw_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nothing here is ever upgraded: it is answered as the request that it is
        except httptools.HttpParserError:
            self._refuse(400, "The request cannot be read as HTTP/1.1.")
        # The parser keeps an unfinished line to itself: what has come of a head or body without an end is counted here,
        # also of a pipelined one that arrives while the request before it is served.
        limits = self.limits
        if self._head_open and self._raw_bytes > limits.header_bytes_max + limits.target_bytes_max:
            self._refuse_head()
        elif self._stage is BODY and self._raw_bytes > 2 * limits.body_bytes_max + CHUNKS_BYTES_MAX:
            self._refuse_body()
        if self._begun is not None:
            begun, self._begun = self._begun, None
            self._serve(begun)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, count it. What follows a body is counted and not kept: nobody asked for trailers."""
        name = name.lower()
        self._header_bytes += len(name) + len(value)
        if not self._head_open:
            return
        if name == b"host":
            self._hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        elif name == b"content-length":
            self._declared_bytes = int(value) if value.isdigit() and len(value) < 19 else self.limits.body_bytes_max + 1
        self.headers.append((name, value))

    def on_message_begin(self) -> None:
        """Begin to count a request's head."""
        self._head_open = True
        self._header_bytes = self._declared_bytes = self._hosts = 0
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Check the whole head, then let the request begin."""
        self._head_open = False
        self._raw_bytes = 0
        if self._stage is REFUSED:
            return
        limits, version = self.limits, self.parser.get_http_version()
        if self._header_bytes > limits.header_bytes_max or len(self.headers) > limits.headers_max:
            self._refuse_head()
        elif len(self.url) > limits.target_bytes_max:
            self._refuse(414, "The request's target is too long.")
        elif self._declared_bytes > limits.body_bytes_max:
            self._refuse_body()
        elif version not in ("1.0", "1.1"):
            self._refuse(505, "This server speaks HTTP/1.1.")
        elif self._hosts > 1 or (self._hosts == 0 and version == "1.1"):
            # RFC 9112 section 3.2. Two would let a proxy and the signature check read different ones.
            self._refuse(400, "A request has exactly one Host header.")
        else:
            self._body_bytes = 0
            self._enter(BODY, limits.body_seconds)
            self._begin(version)

    def _begin(self, http_version: str) -> None:
        """Let the request begin at the end of this read, or after the one before it."""
        path, raw_path, query = read_target(self.url)
        method = self.parser.get_method().decode("ascii")
        earlier = self.cycle
        cycle = self.cycle = EdgeCycle(
            Asked(http_version, method, path, raw_path, query, self.headers, self.client),
            self.transport,
            self.flow,
            self.expect_100_continue,
            http_version == "1.1" and self.parser.should_keep_alive(),
            self.on_response_complete,
        )
        if earlier is None or earlier.response_complete:
            self._begun = cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _serve(self, cycle: EdgeCycle) -> None:
        """Give on a request as it is when it has come whole; else start a task that awaits the rest."""
        if cycle.disconnected:
            return
        if not cycle.more_body:
            try:
                if self._begin_whole(cycle.asked, bytes(cycle.body), cycle.answer):
                    return
            except Exception:
                self.logger.exception("a request could not be begun")
                if not cycle.response_started:
                    cycle.answer(500, FAILED_HEADERS, FAILED)
                return
        cycle.prepare_task(self.scheme or "http", self.server)
        self._start_asgi_task(cycle, self.app)

    def on_body(self, body: bytes) -> None:
        """Keep the body, count it."""
        if self._stage is REFUSED:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self.limits.body_bytes_max:
            self._refuse_body()
            return
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Stop the clock: from here on the time is the function's."""
        stage = self._stage
        if stage is REFUSED:
            return
        if stage is BODY:
            self._stage = SERVING
        self._raw_bytes = 0
        cycle = self.cycle
        if cycle is not None:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        if self._stage is not REFUSED and not self.pipeline:
            if self._head_open:
                self._enter(HEAD, self.limits.header_seconds)
            else:
                self._enter(IDLE, self.limits.idle_seconds)
        # As uvicorn does it, but for its timer per answer: the sweeper ends idle connections.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            # In a turn of its own: a thousand that are answered at once would be as many calls deep.
            self.loop.call_soon(self._serve, self.pipeline.pop()[0])
        elif self._put_off is not None:
            self._say_last(self._put_off)

    def check_time(self, now: float) -> None:
        """End the connection when its present stage, or its writing, has taken too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent_bytes:
            self._unsent_bytes, self._unsent_since = unsent, now
        elif now - self._unsent_since > self.limits.write_seconds:
            self.transport.abort()
            return
        if self._stage is SERVING or now < self._deadline:
            return
        if self._stage is HEAD:
            self._refuse(408, "The request's headers did not arrive in time.")
        elif self._stage is BODY:
            self._refuse(408, "The request's body did not arrive in time.")
        else:
            self.transport.close()

    def _enter(self, stage: Stage, seconds: float) -> None:
        self._stage = stage
        self._deadline = self.edge.now + seconds

    def _refuse_head(self) -> None:
        # The cloud's words for it, error 82008.
        self._refuse(431, "Request headers or cookies too long", plain=True)

    def _refuse_body(self) -> None:
        self._refuse(413, f"The body is larger than {self.limits.body_bytes_max} bytes.")

    def _refuse(self, status: int, message: str, plain: bool = False) -> None:
        """Answer once, in its turn, and close. Nothing that comes after is read as a request."""
        if self._stage is REFUSED:
            return
        served = self.cycle
        if self._stage is BODY and served is not None:
            if self.pipeline and self.pipeline[0][0] is served:
                self.pipeline.popleft()
            elif served.response_started:
                self.transport.abort()
                return
            else:
                served.disconnected = True
                served.message_event.set()
                served = None
        self._stage = REFUSED
        name = http.HTTPStatus(status).phrase.replace(" ", "")
        body = message if plain else json.dumps({"message": message, "name": name, "code": None, "request": None})
        kind = "text/plain" if plain else "application/json"
        answer = (
            f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\ncontent-type: {kind}; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\naccess-control-allow-origin: *\r\ncache-control: no-store\r\n"
            f"connection: close\r\n\r\n{body}"
        ).encode()
        if self.pipeline or (served is not None and not served.response_complete):
            # The requests before this one are answered first.
            self._put_off, self._deadline = answer, math.inf
        else:
            self._say_last(answer)

    def _say_last(self, answer: bytes) -> None:
        """Write the last answer; read what else comes without keeping it: an early close would lose the answer."""
        self._put_off = None
        self._enter(REFUSED, LINGER_SECONDS)
        self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
