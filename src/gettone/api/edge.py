"""What every request passes, whatever it asks for: its host, its bounds, its id, its headers, and its last resort.

In this order: an id; the host name (421) and, for Twilio's names, whether the path belongs to it (404); the browser's
word on where a change comes from (403); CORS preflights; the size and time that body and answer may take (413, 503);
what nobody caught (500, logged whole). Must not know accounts nor nouns.

Bodies are counted as they come, so that one without a length is bounded, too. HEAD is a GET whose body is kept back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gettone.api.errors import Fault, answer, fault_of, not_found, refusal
from gettone.api.messages import Receiving, Sending, too_large
from gettone.api.metrics import Meter
from gettone.api.products import is_classic, product_asked, product_of
from gettone.model.sids import REQUEST, Randomness, RequestSid
from gettone.policy.hosts import Asked, Hosts, read_caller

_LOG = logging.getLogger(__name__)

TAIL_PATH = "/api/v1/logs/tail"
_EXPORT = "/export"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a request may bring, and how long it may take. Uploads are Twilio's largest asset and its frame."""

    body_bytes: int = 1 << 20
    upload_bytes: int = (25 << 20) + (64 << 10)
    seconds: float = 30.0
    upload_seconds: float = 300.0
    stream_seconds: float = 2 * 3600.0  # a live tail ends by itself, after an hour


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request, as its handlers may know it."""

    request_sid: RequestSid
    asked: Asked
    address: str | None


def arrival_of(request: Request) -> Arrival:
    """How this request came."""
    arrival: Arrival = request.scope["state"]["arrival"]
    return arrival


def request_sid_of(request: Request) -> RequestSid:
    """The id of this request."""
    return arrival_of(request).request_sid


class Edge:
    """The outermost application."""

    def __init__(
        self,
        app: ASGIApp,
        hosts: Hosts,
        bounds: Bounds,
        meter: Meter,
        randomness: Randomness,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._bounds = bounds
        self._meter = meter
        self._randomness = randomness
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass on what the server says of its own life (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_sid = REQUEST.make(self._randomness)
        sending = Sending(send, scope, request_sid, self._meter.current + 1, self._clock)
        self._meter.current += 1
        try:
            await self._serve(scope, receive, sending, request_sid)
        finally:
            self._meter.current -= 1
            operation = getattr(scope.get("route"), "name", "none")
            seconds = self._clock() - sending.started_at
            self._meter.answered(operation, sending.status, seconds)
            # The path without its query: people put secrets there.
            _LOG.info("%s %s %d %.3f %s", scope["method"], scope["path"], sending.status, seconds, request_sid)

    async def _serve(self, scope: Scope, receive: Receive, sending: Sending, request_sid: RequestSid) -> None:
        path, method = scope["path"], scope["method"]
        peer = scope["client"][0] if scope.get("client") else None
        caller = read_caller(self._hosts, scope["scheme"], peer, scope["headers"])
        fault = _refuse(caller.asked, path, method) or _refuse_browser(scope)
        if fault is not None or caller.asked is None:
            await answer(fault or _misdirected(), path, request_sid)(scope, receive, sending)
            return
        if method == "OPTIONS" and is_classic(path):
            await Response(status_code=204)(scope, receive, sending)
            return
        is_upload = product_of(path, method) == "serverless-upload"
        body_bytes = self._bounds.upload_bytes if is_upload else self._bounds.body_bytes
        if _said_length(scope) > body_bytes:
            await answer(refusal(413, too_large(body_bytes)), path, request_sid)(scope, receive, sending)
            return
        scope.setdefault("state", {})["arrival"] = Arrival(request_sid, caller.asked, caller.address)
        inner: Scope = {**scope, "method": "GET"} if method == "HEAD" else scope
        await self._run(inner, Receiving(receive, body_bytes), sending, request_sid)
        scope["route"] = inner.get("route")

    async def _run(self, scope: Scope, receive: Receive, sending: Sending, request_sid: RequestSid) -> None:
        fault: Fault | None = None
        path = scope["path"]
        try:
            async with asyncio.timeout(self._seconds(path, scope["method"])) as timer:
                await self._app(scope, receive, sending)
        except ClientDisconnect:
            return  # whoever asked is gone: there is nobody to tell
        except TimeoutError as error:
            if not timer.expired():
                _LOG.exception("%s %s", request_sid, path)
                fault = fault_of(error, path, request_sid)
            else:
                fault = refusal(503, "This took too long and was given up: try again", retry_after="1")
        except Exception as error:  # noqa: BLE001 - an edge of the process
            # The last resort of one request: the others go on.
            _LOG.exception("%s %s", request_sid, path)
            fault = fault_of(error, path, request_sid)
        if fault is not None and not sending.status:
            await answer(fault, path, request_sid)(scope, receive, sending)

    def _seconds(self, path: str, method: str) -> float:
        if path == TAIL_PATH or path.endswith(_EXPORT):
            return self._bounds.stream_seconds
        upload = product_of(path, method) == "serverless-upload"
        return self._bounds.upload_seconds if upload else self._bounds.seconds


def _refuse(asked: Asked | None, path: str, method: str) -> Fault | None:
    """Why a path is not answered under the name that was asked; None when it is."""
    if asked is None:
        return _misdirected()
    # No name of anything holds it, and databases do not take it.
    if "\0" in path:
        return not_found(path)
    product = product_asked(asked)
    if product is None:
        return None
    belongs_to = product_of(path, "GET" if method == "HEAD" else method)
    if belongs_to is None:
        return _misdirected()
    # A preflight does not say yet whether an upload will follow.
    if belongs_to == product or (method == "OPTIONS" and belongs_to.partition("-")[0] == product.partition("-")[0]):
        return None
    return not_found(path)


def _misdirected() -> Fault:
    return refusal(421, "No such host is served here: GETTONE_CONSOLE_URL names the ones that are")


def _refuse_browser(scope: Scope) -> Fault | None:
    """Refuse a change that a page of another origin asks a browser for.

    A browser that knows the password of this address sends it along unasked, whoever made the page; functions are
    served from the same host name, on another port, which is why `same-site` is refused, too.
    """
    if scope["method"] in _SAFE_METHODS:
        return None
    said = [value for name, value in scope["headers"] if name == b"sec-fetch-site"]
    if all(value in (b"same-origin", b"none") for value in said):
        return None
    return refusal(403, "A page of another origin may not change anything here: send this from your own server")


def _said_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 19:
            return int(value)
    return 0
