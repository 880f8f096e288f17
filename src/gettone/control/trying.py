"""Calls a function as somebody outside would, for who edits it: over HTTP, at the own gateway, under its host name.

Answers come back as they are, with the lines that the function printed meanwhile. Where the gateway is, is told by who
constructs this; nothing else can be reached from here. Must not know how a page shows what comes back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gettone.control import access
from gettone.control.access import Permission
from gettone.control.auth_tokens import open_first
from gettone.control.call_requests import Call, CallRequest, Encoding, prepare
from gettone.control.environments import get_environment
from gettone.control.office import Office
from gettone.control.services import enter_service
from gettone.control.tails import Tail, Tails
from gettone.control.tokens_in_answers import find_token
from gettone.model.errors import PlatformError
from gettone.model.logs import LogEntry, LogFilter
from gettone.model.principals import Principal
from gettone.model.sids import REQUEST

__all__ = ["Call", "Encoding", "GatewayAddress", "Tried", "Trying"]

ANSWER_BYTES_MAX = 4 << 20
# A worker may have to be started first, and a gateway answers by itself when a function runs past its time.
GRACE_SECONDS = 5.0
# Gateways send lines every 50 ms. Most functions print nothing, and then this is what it takes longer.
FIRST_LINE_SECONDS = 0.25
NEXT_LINE_SECONDS = 0.15
LINES_MAX = 500


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """Where the own gateway listens. `url_port` is the one in its visitors' addresses, where they have one."""

    host: str
    port: int
    tls: bool = False
    url_port: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came back. `text` is None where it is no text; `token` is the one that was found in it.

    `is_cut`: there was more than is shown.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    text: str | None = field(repr=False)
    is_cut: bool
    seconds: float
    request_sid: str | None
    lines: tuple[LogEntry, ...]
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool


class Trying:
    """Calls functions. `seconds` tells monotonic time."""

    def __init__(
        self, office: Office, tails: Tails, address: GatewayAddress, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._office = office
        self._tails = tails
        self._address = address
        self._seconds = seconds

    async def call(self, principal: Principal, *, service: str, environment_sid: str, call: Call) -> Tried:
        """Call what is live in an environment, signed as Twilio signs where that is asked for.

        Raises PlatformError: `invalid` for what cannot be sent; `unavailable` where no answer came.
        """
        async with self._office.store.reading() as tx:
            # Whoever calls may make a function do whatever it does: that is more than reading it.
            owner = await enter_service(tx, principal, service, Permission.FUNCTIONS_WRITE)
            environment = await get_environment(tx, owner, environment_sid)
            account = await tx.accounts.find(sid=owner.account_sid) if call.signed else None
        host = self._host(environment.domain_name)
        token = None if account is None else open_first(self._office.vault, account)
        request = prepare(call, f"{'https' if self._address.tls else 'http'}://{host}", token)
        request.headers["host"] = host
        tail = None
        if access.may(principal, Permission.LOGS_READ, owner.sid):
            tail = self._tails.listen(owner.account_sid, LogFilter(environment_sid=environment.sid))
        try:
            started = self._seconds()
            answer = await self._send(request, owner.settings.timeout_seconds + GRACE_SECONDS)
            elapsed = self._seconds() - started
            said = dict(answer.headers).get("x-request-id", "")
            request_sid = said if REQUEST.matches(said) else None
            lines = () if tail is None or request_sid is None else await _collect(tail, request_sid)
        finally:
            if tail is not None:
                tail.close()
        text = _text(answer.body)
        return Tried(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            text=text,
            is_cut=answer.is_cut,
            seconds=elapsed,
            request_sid=request_sid,
            lines=lines,
            token=None if text is None or answer.is_cut else find_token(text),
        )

    def _host(self, domain_name: str) -> str:
        port = self._address.url_port
        return f"{domain_name}.{self._office.domain}{'' if port is None else f':{port}'}"

    async def _send(self, request: CallRequest, seconds: float) -> _Answer:
        # Takes a tenth of a second to import, and most programs that import this module call nothing.
        import httpx2

        scheme = "https" if self._address.tls else "http"
        url = f"{scheme}://{self._address.host}:{self._address.port}{request.target}"
        # SAFETY: the certificate is for other names than this machine's own address, which is all that is called here.
        client = httpx2.AsyncClient(verify=False, trust_env=False, follow_redirects=False, timeout=seconds)
        try:
            async with (
                asyncio.timeout(seconds),
                client,
                client.stream(request.method, url, headers=request.headers, content=request.content) as response,
            ):
                body, is_cut = bytearray(), False
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        is_cut = True
                        break
                headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
                return _Answer(response.status_code, headers, bytes(body[:ANSWER_BYTES_MAX]), is_cut)
        except (TimeoutError, httpx2.TimeoutException):
            raise PlatformError("unavailable", f"no answer came within {seconds:g} s: look at the logs") from None
        except httpx2.ConnectError:
            raise PlatformError(
                "unavailable", "the gateway does not answer: wait until it runs again, and call once more"
            ) from None
        except httpx2.HTTPError as error:
            raise PlatformError(
                "unavailable", f"the gateway ended the connection ({type(error).__name__}): call once more"
            ) from None


async def _collect(tail: Tail, request_sid: str) -> tuple[LogEntry, ...]:
    """The lines of a request, as long as they come soon after each other."""
    found: list[LogEntry] = []
    wait = FIRST_LINE_SECONDS
    while len(found) < LINES_MAX:
        try:
            async with asyncio.timeout(wait):
                while True:
                    entry = await anext(tail)
                    if isinstance(entry, LogEntry) and entry.request_sid == request_sid:
                        break
        except (TimeoutError, StopAsyncIteration):
            break
        found.append(entry)
        wait = NEXT_LINE_SECONDS
    return tuple(found)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
