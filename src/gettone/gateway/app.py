"""One request from its first byte to its last: find the route, ask whether it may, run it, answer.

It reads the current table once and never a store. It must not know how workers are run or where tables come from.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

import msgspec

from gettone.gateway.asgi import Receive, Scope, Send
from gettone.gateway.assets import AssetAnswer, answer_asset, read_pieces
from gettone.gateway.current import Current
from gettone.gateway.exchange import BadRequest, encode_event, form_pairs
from gettone.gateway.responses import Answer, answer_outcome, platform_answer, preflight_answer
from gettone.model.assets import Asset
from gettone.model.functions import Function, Visibility
from gettone.policy.signature import is_signed_by
from gettone.routes.table import Environment
from gettone.wire.messages import Completed
from gettone.workers.pool import Pool

LARGE_BODY_BYTES = 1 << 16  # beyond this, reading a body must not hold up other requests
FORM = b"application/x-www-form-urlencoded"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})


class Answered(msgspec.Struct, frozen=True):
    """What was asked and how it was answered, for the request log. `path` is without the query: it may hold secrets."""

    request: str
    method: str
    path: str
    status: int
    seconds: float


class RequestLog(Protocol):
    """Takes a line per request at once and never waits."""

    def answered(self, record: Answered) -> None:
        """Take a line."""


class Gateway:
    """The application of the data plane. `development` shows a handler's errors to its author, on loopback alone."""

    def __init__(
        self,
        current: Current,
        pool: Pool,
        log: RequestLog,
        development: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._current = current
        self._pool = pool
        self._log = log
        self._development = development
        self._clock = clock
        # Unique without asking the kernel for each: the process is named by chance, its requests are counted.
        self._request_prefix = f"RQ{os.urandom(8).hex()}"
        self._requests = count(int.from_bytes(os.urandom(3), "big"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request (ASGI 3)."""
        started = self._clock()
        request = f"{self._request_prefix}{next(self._requests):016x}"
        answer = await self._answer(scope, receive, request)
        headers = [*answer.headers, (b"x-request-id", request.encode())]
        if isinstance(answer, AssetAnswer):
            await _send_asset(scope, send, answer, headers)
        else:
            # These have no body (RFC 9110 section 6.4.1): it would be read as the next answer.
            body = b"" if answer.status in (204, 304) else answer.body
            if answer.status not in (204, 304):
                headers.append((b"content-length", str(len(body)).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        self._log.answered(Answered(request, scope["method"], scope["path"], answer.status, self._clock() - started))

    async def _answer(self, scope: Scope, receive: Receive, request: str) -> Answer | AssetAnswer:
        serving = self._current.serving
        table = serving.table
        environment = table.find(_host_name(scope)) if table.hosts else table.fallback
        route = environment.find(scope["path"]) if environment is not None else None
        if environment is None or route is None or route.visibility is Visibility.PRIVATE:
            return platform_answer(404, f"Nothing is served at {scope['path']}.", "NotFound", request)
        method = scope["method"]
        if method == "OPTIONS":
            return preflight_answer()
        is_function = isinstance(route, Function)
        if method not in ("GET", "HEAD") and not (is_function and method == "POST"):
            allowed = b"GET, HEAD, POST, OPTIONS" if is_function else b"GET, HEAD, OPTIONS"
            answer = platform_answer(405, f"{method} is not served at {route.path}.", "MethodNotAllowed", request)
            answer.headers.append((b"allow", allowed))
            return answer
        try:
            body = await _read_body(receive)
            if route.visibility is Visibility.PROTECTED and not self._is_signed(scope, environment, body):
                message = "This path wants a valid X-Twilio-Signature."
                if self._development and not environment.deployment.variables.get("AUTH_TOKEN"):
                    message += " There is no variable AUTH_TOKEN to check one with: set it in .env."
                return platform_answer(403, message, "Forbidden", request)
            if isinstance(route, Asset):
                return _asset_answer(scope, route)
            if len(body) <= LARGE_BODY_BYTES:
                event = encode_event(scope["query_string"], scope["headers"], body)
            else:
                event = await asyncio.to_thread(encode_event, scope["query_string"], scope["headers"], body)
        except BadRequest as error:
            return platform_answer(error.status, str(error), "BadRequest", request)
        spec = serving.specs[environment.digest, route.language]
        outcome = await self._pool.invoke(spec, route.path, request, event)
        detailed = self._development and not isinstance(outcome, Completed) and _is_local(scope)
        return answer_outcome(outcome, request, detailed)

    def _is_signed(self, scope: Scope, environment: Environment, body: bytes) -> bool:
        signature = host = content_type = b""
        for name, value in scope["headers"]:
            if name == b"x-twilio-signature":
                signature = value
            elif name == b"host":
                host = value
            elif name == b"content-type":
                content_type = value
        if not signature:
            return False
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        is_form = scope["method"] == "POST" and content_type.partition(b";")[0].strip().lower() == FORM
        params = form_pairs(body) if is_form else None
        auth_token = environment.deployment.variables.get("AUTH_TOKEN", "")
        # Which scheme the caller used is not known behind a proxy: both spell the same resource.
        return any(
            is_signed_by(
                auth_token, signature.decode("latin-1"), (scheme + host + target).decode("latin-1"), params, body
            )
            for scheme in (b"https://", b"http://")
        )


def _asset_answer(scope: Scope, asset: Asset) -> AssetAnswer:
    wanted = {name: value for name, value in scope["headers"] if name in (b"if-none-match", b"range", b"if-range")}
    return answer_asset(
        asset, wanted.get(b"if-none-match", b""), wanted.get(b"range", b""), wanted.get(b"if-range", b"")
    )


async def _send_asset(scope: Scope, send: Send, answer: AssetAnswer, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if scope["method"] != "HEAD":
        async for piece in read_pieces(answer):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _read_body(receive: Receive) -> bytes:
    """The whole body. The edge has bounded it."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise BadRequest(400, "The caller went away before its request was whole.")
    return body


def _host_name(scope: Scope) -> str:
    """The host that was asked for: lower-case, without port."""
    for name, value in scope["headers"]:
        if name == b"host":
            text: str = value.decode("latin-1").lower()
            return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]
    return ""


def _is_local(scope: Scope) -> bool:
    """Whether the author sits at this machine: loopback peer, loopback Host, nothing in between."""
    client = scope["client"]
    return (
        client is not None
        and client[0] in ("127.0.0.1", "::1")
        and _host_name(scope) in LOOPBACK_NAMES
        and not any(name in FORWARDED for name, _ in scope["headers"])
    )
