"""What every request passes before a page is asked, and what every answer carries.

In this order: an id; the host name (421); where a change comes from (403); a line that others can read (403); then the
page; what nobody caught (500, logged whole). Every answer has the same headers. Must not know pages nor who is signed
in.

Functions share the console's host name, on another port. So same-site is no better than cross-site: what another
origin's page asks for is refused, but for a plain link that somebody follows. A change has to name its Origin, and it
is this console's, port included.
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gettone.console.arrival import Arrival
from gettone.console.browser_files import FOREVER, PREFIX
from gettone.console.refusals import FAULT, FOREIGN, MISDIRECTED, MISSING, OPEN_LINE, Refusal, refuse
from gettone.model.sids import REQUEST, Randomness
from gettone.policy.hosts import Hosts, read_caller

_LOG = logging.getLogger(__name__)

SAFE_METHODS = ("GET", "HEAD")
OWN_SITES = ("same-origin", "none")
NONCE_BYTES = 16


class Guard:
    """The layer around all pages."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Hosts,
        randomness: Randomness,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._randomness = randomness
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = self._clock()
        arrival = self._arrive(scope)
        scope.setdefault("state", {})["arrival"] = arrival
        sending = _Sending(send, arrival.nonce)
        try:
            await self._serve(scope, receive, sending, arrival)
        finally:
            seconds = self._clock() - started_at
            # The path without its query: people put secrets there.
            _LOG.info("%s %s %d %.3f %s", scope["method"], scope["path"], sending.status, seconds, arrival.request_sid)

    def _arrive(self, scope: Scope) -> Arrival:
        peer = scope["client"][0] if scope.get("client") else None
        caller = read_caller(self._hosts, scope["scheme"], peer, scope["headers"])
        # Twilio's names belong to the API.
        asked = None if caller.asked is None or caller.asked.official is not None else caller.asked
        nonce = base64.urlsafe_b64encode(self._randomness(NONCE_BYTES)).decode().rstrip("=")
        return Arrival(REQUEST.make(self._randomness), asked, caller.address, nonce)

    async def _serve(self, scope: Scope, receive: Receive, sending: _Sending, arrival: Arrival) -> None:
        request = Request(scope, receive)
        refusal = _judge(request, arrival)
        if refusal is not None:
            await refuse(request, refusal)(scope, receive, sending)
            return
        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return  # whoever asked is gone: there is nobody to tell
        except Exception:  # noqa: BLE001 - an edge of the process
            # The last resort of one request: the others go on.
            _LOG.exception("%s %s", arrival.request_sid, scope["path"])
            if not sending.status:
                await refuse(request, FAULT)(scope, receive, sending)


class _Sending:
    """Adds the headers that every answer has. `status` is 0 until an answer starts."""

    __slots__ = ("_nonce", "_send", "status")

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Send the next message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message["headers"])
            _add_headers(headers, self._nonce)
            message = {**message, "headers": headers.raw}
        await self._send(message)


def content_security_policy(nonce: str) -> str:
    """What a page may load and do: its own files, and the editor's styles by this answer's nonce."""
    return (
        "default-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; object-src 'none';"
        f" style-src 'self' 'nonce-{nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _add_headers(headers: MutableHeaders, nonce: str) -> None:
    headers["content-security-policy"] = content_security_policy(nonce)
    headers["x-content-type-options"] = "nosniff"
    headers["x-frame-options"] = "DENY"
    # `no-referrer` would have browsers send `Origin: null` with our own forms (Fetch, 3.2).
    headers["referrer-policy"] = "same-origin"
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["cross-origin-resource-policy"] = "same-origin"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if headers.get("cache-control") != FOREVER:
        headers["cache-control"] = "no-store"


def _judge(request: Request, arrival: Arrival) -> Refusal | None:
    """Why a request is not let in; None when it is."""
    if arrival.asked is None:
        return MISDIRECTED
    if _is_foreign(request, arrival):
        return FOREIGN
    # No name of anything holds it, and databases do not take it.
    if "\0" in request.url.path or "\0" in request.scope["path"]:
        return MISSING
    if not arrival.asked.is_private and not request.scope["path"].startswith(PREFIX):
        return OPEN_LINE
    return None


def _is_foreign(request: Request, arrival: Arrival) -> bool:
    headers = request.headers
    sites = headers.getlist("sec-fetch-site")
    is_own = all(site in OWN_SITES for site in sites)
    if request.method in SAFE_METHODS:
        followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return not is_own and not followed
    return not is_own or headers.getlist("origin") != [arrival.origin]
