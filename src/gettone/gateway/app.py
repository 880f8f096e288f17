"""One request from its first byte to its last: find the route, ask whether it may, run it, answer.

It reads the current table once and never a store. It must not know how workers are run or where tables come from.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

import msgspec

from gettone.gateway.asgi import Receive, Scope, Send
from gettone.gateway.asked import Asked, Headers, Reply, read_scope
from gettone.gateway.assets import AssetAnswer, Files, answer_asset, read_pieces
from gettone.gateway.current import Current, Serving
from gettone.gateway.exchange import BadRequest, encode_event, form_pairs
from gettone.gateway.health import Health
from gettone.gateway.hosts import find_named, set_apart, without_cookies
from gettone.gateway.records import Answered, RequestLog
from gettone.gateway.responses import Answer, answer_outcome, complete, platform_answer, preflight_answer
from gettone.model.assets import Asset
from gettone.model.deployments import Deployment
from gettone.model.functions import Function, Visibility
from gettone.policy.signature import is_signed_by
from gettone.routes.table import Environment, Route
from gettone.wire.messages import Completed
from gettone.workers.outcome import Outcome
from gettone.workers.pool import Pool
from gettone.workers.spec import WorkerSpec

LARGE_BODY_BYTES = 1 << 16  # beyond this, reading a body must not hold up other requests
FORM = b"application/x-www-form-urlencoded"
PRIVATE, PROTECTED = Visibility.PRIVATE, Visibility.PROTECTED

logger = logging.getLogger(__name__)


class Found(msgspec.Struct, frozen=True):
    """A route, and the environment and the table that it stands in. `is_by_name` where `/@name/` was asked."""

    environment: Environment
    route: Route
    serving: Serving
    is_by_name: bool = False

    @property
    def spec(self) -> WorkerSpec:
        """What serves the route, which is a function."""
        assert isinstance(self.route, Function)
        return self.serving.specs[self.environment.digest, self.route.language]


class Gateway:
    """The application of the data plane. `development` shows a handler's errors to its author, on loopback alone.

    `health` answers for the platform itself, on host names that are no service's. `files` vouches for assets; it is set
    once there is somebody to ask.
    """

    def __init__(
        self,
        current: Current,
        pool: Pool,
        log: RequestLog,
        development: bool = False,
        clock: Callable[[], float] = time.perf_counter,
        health: Health | None = None,
    ) -> None:
        self._current = current
        self._pool = pool
        self._log = log
        self._development = development
        self._clock = clock
        self._health = health
        self.files: Files | None = None
        # Unique without asking the kernel for each: the process is named by chance, its requests are counted.
        self._request_prefix = f"RQ{os.urandom(8).hex()}"
        self._requests = count(int.from_bytes(os.urandom(3), "big"))

    def begin_whole(self, asked: Asked, body: bytes, reply: Reply) -> bool:
        """Serve a request that has come whole: `reply` gets its answer, now or later. False: it is for `__call__`.

        Nearly all requests come so, and this way they need neither a task nor messages between edge and gateway.
        """
        started = self._clock()
        request = self._name()
        found = self._find(asked, request)
        if isinstance(found, Found):
            if len(body) > LARGE_BODY_BYTES or isinstance(found.route, Asset):
                return False
            try:
                answer = self._refuse_unsigned(found, asked, body, request)
                if answer is None:
                    event = encode_event(asked.query, _passed_on(found, asked), body)
                    told = partial(self._told, asked, found, request, started, reply)
                    self._pool.start(found.spec, found.route.path, request, event, told)
                    return True
            except BadRequest as error:
                answer = platform_answer(error.status, str(error), "BadRequest", request)
        else:
            answer = found
        self._reply(asked, found, request, started, reply, answer)
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve any HTTP request (ASGI 3)."""
        started = self._clock()
        request = self._name()
        asked = read_scope(scope)
        found = self._find(asked, request)
        answer = await self._answer(asked, found, receive, request)
        if isinstance(answer, AssetAnswer):
            headers = [*answer.headers, (b"x-request-id", request.encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            if asked.method != "HEAD":
                async for piece in read_pieces(answer):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            headers, body = complete(answer, request)
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        self._note(asked, found, request, started, answer.status)

    async def _answer(
        self, asked: Asked, found: Found | Answer, receive: Receive, request: str
    ) -> Answer | AssetAnswer:
        if not isinstance(found, Found):
            # Heard out first: an answer in the middle of a body reaches a caller as a reset.
            with contextlib.suppress(BadRequest):
                await _read_body(receive)
            return found
        try:
            body = await _read_body(receive)
            refusal = self._refuse_unsigned(found, asked, body, request)
            if refusal is not None:
                return refusal
            if isinstance(found.route, Asset):
                return await self._answer_asset(asked, found, found.route, request)
            headers = _passed_on(found, asked)
            if len(body) <= LARGE_BODY_BYTES:
                event = encode_event(asked.query, headers, body)
            else:
                event = await asyncio.to_thread(encode_event, asked.query, headers, body)
        except BadRequest as error:
            return platform_answer(error.status, str(error), "BadRequest", request)
        outcome = await self._pool.invoke(found.spec, found.route.path, request, event)
        return self._answer_outcome(asked, found, outcome, request)

    async def _answer_asset(self, asked: Asked, found: Found, asset: Asset, request: str) -> Answer | AssetAnswer:
        if self.files is not None and not await self.files.vouch(asset):
            message = "This file was damaged on its node. It is being fetched anew: try again."
            return platform_answer(503, message, "ServiceUnavailable", request)
        answer = _asset_answer(asked, asset)
        return replace(answer, headers=set_apart(answer.headers)) if found.is_by_name else answer

    def _name(self) -> str:
        return f"{self._request_prefix}{next(self._requests):016x}"

    def _find(self, asked: Asked, request: str) -> Found | Answer:
        """What is served there, or the answer that nothing is to be had so."""
        serving = self._current.serving
        table = serving.table
        environment = table.find(asked.host_name) if table.hosts else table.fallback
        path, is_by_name = asked.path, False
        if environment is None:
            if self._health is not None and (told := self._health.answer(asked)) is not None:
                return told
            named = find_named(table, path)
            if isinstance(named, str):
                return platform_answer(404, named, "NotFound", request)
            environment, path, is_by_name = named.environment, named.path, True
        route = environment.find(path)
        if route is None or route.visibility is PRIVATE:
            return platform_answer(404, f"Nothing is served at {path}.", "NotFound", request)
        method = asked.method
        if method == "OPTIONS":
            return preflight_answer()
        is_function = isinstance(route, Function)
        if method not in ("GET", "HEAD") and not (is_function and method == "POST"):
            allowed = b"GET, HEAD, POST, OPTIONS" if is_function else b"GET, HEAD, OPTIONS"
            answer = platform_answer(405, f"{method} is not served at {route.path}.", "MethodNotAllowed", request)
            answer.headers.append((b"allow", allowed))
            return answer
        return Found(environment, route, serving, is_by_name)

    def _refuse_unsigned(self, found: Found, asked: Asked, body: bytes, request: str) -> Answer | None:
        """The answer to a request that a protected path does not take. Raises BadRequest."""
        if found.route.visibility is not PROTECTED or _is_signed(found.environment, asked, body):
            return None
        message = "This path wants a valid X-Twilio-Signature."
        if self._development and not found.environment.deployment.variables.get("AUTH_TOKEN"):
            message += " There is no variable AUTH_TOKEN to check one with: set it in .env."
        return platform_answer(403, message, "Forbidden", request)

    def _told(self, asked: Asked, found: Found, request: str, started: float, reply: Reply, outcome: Outcome) -> None:
        """Answer with a function's outcome, whatever comes in between: nobody else would."""
        try:
            answer = self._answer_outcome(asked, found, outcome, request)
        except Exception:
            logger.exception("the outcome of %s could not be answered", request)
            answer = platform_answer(500, "The answer could not be made.", "InternalServerError", request)
        self._reply(asked, found, request, started, reply, answer)

    def _answer_outcome(self, asked: Asked, found: Found, outcome: Outcome, request: str) -> Answer:
        detailed = self._development and not isinstance(outcome, Completed) and asked.is_local
        answer = answer_outcome(outcome, request, detailed)
        if found.is_by_name:
            return Answer(answer.status, set_apart(answer.headers), answer.body)
        return answer

    def _reply(
        self, asked: Asked, found: Found | Answer, request: str, started: float, reply: Reply, answer: Answer
    ) -> None:
        headers, body = complete(answer, request)
        reply(answer.status, headers, body)
        self._note(asked, found, request, started, answer.status)

    def _note(self, asked: Asked, found: Found | Answer, request: str, started: float, status: int) -> None:
        seconds = self._clock() - started
        if isinstance(found, Found):
            function = found.route if isinstance(found.route, Function) else None
            deployment = found.environment.deployment
            record = Answered(request, asked.method, asked.path, status, seconds, deployment, function)
        else:
            record = Answered(request, asked.method, asked.path, status, seconds)
        self._log.answered(record)


def _is_signed(environment: Environment, asked: Asked, body: bytes) -> bool:
    signature = host = content_type = b""
    for name, value in asked.headers:
        if name == b"x-twilio-signature":
            signature = value
        elif name == b"host":
            host = value
        elif name == b"content-type":
            content_type = value
    if not signature:
        return False
    target = asked.raw_path + (b"?" + asked.query if asked.query else b"")
    is_form = asked.method == "POST" and content_type.partition(b";")[0].strip().lower() == FORM
    params = form_pairs(body) if is_form else None
    # Which scheme the caller used is not known behind a proxy: both spell the same resource.
    return any(
        is_signed_by(auth_token, signature.decode("latin-1"), (scheme + host + target).decode("latin-1"), params, body)
        for scheme in (b"https://", b"http://")
        for auth_token in _auth_tokens(environment.deployment)
    )


def _auth_tokens(deployment: Deployment) -> tuple[str, ...]:
    """What a webhook may be signed with: the account's tokens. In `dev`, where there is no account, a variable."""
    # SAFETY: the variable never counts beside an account: whoever may set variables may not sign for the account.
    return deployment.auth_tokens if deployment.account_sid else (deployment.variables.get("AUTH_TOKEN", ""),)


def _passed_on(found: Found, asked: Asked) -> Headers:
    return without_cookies(asked.headers) if found.is_by_name else asked.headers


def _asset_answer(asked: Asked, asset: Asset) -> AssetAnswer:
    wanted = {name: value for name, value in asked.headers if name in (b"if-none-match", b"range", b"if-range")}
    return answer_asset(
        asset, wanted.get(b"if-none-match", b""), wanted.get(b"range", b""), wanted.get(b"if-range", b"")
    )


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
