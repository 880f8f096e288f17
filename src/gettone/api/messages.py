"""One request's messages on their way: its body counted, its answer given the headers that every answer has.

Must not know why a body has its bound, nor what is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from gettone.api.products import product_of
from gettone.model.errors import PlatformError
from gettone.model.sids import RequestSid

# Facts of Twilio's answers. Without its allow-credentials: browsers refuse that beside `*`, rightly.
_CORS: Mapping[str, str] = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": (
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since,"
        " Idempotency-Key"
    ),
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-expose-headers": "ETag",
}


def too_large(bytes_max: int) -> str:
    """What is said of a body beyond its bound."""
    return f"The body is too large: {bytes_max} bytes are allowed here"


class Receiving:
    """Counts the body as it comes. Raises PlatformError `too_large`."""

    __slots__ = ("_bytes_left", "_bytes_max", "_receive")

    def __init__(self, receive: Receive, bytes_max: int) -> None:
        self._receive = receive
        self._bytes_left = self._bytes_max = bytes_max

    async def __call__(self) -> Message:
        """Take the next message."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes_left -= len(message.get("body", b""))
            if self._bytes_left < 0:
                raise PlatformError("too_large", too_large(self._bytes_max), bytes_max=self._bytes_max)
        return message


class Sending:
    """Adds the headers that every answer has, keeps back the body of a HEAD. `status` is 0 until an answer starts."""

    __slots__ = (
        "_clock",
        "_concurrent",
        "_is_done",
        "_is_head",
        "_product",
        "_request_sid",
        "_send",
        "started_at",
        "status",
    )

    def __init__(
        self, send: Send, scope: Scope, request_sid: RequestSid, concurrent: int, clock: Callable[[], float]
    ) -> None:
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        self._is_done = False
        self._product = product_of(scope["path"], scope["method"])
        self._request_sid = request_sid
        self._concurrent = concurrent
        self._clock = clock
        self.started_at = clock()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            if self.status == 204:
                # There is no body for it to speak of.
                del headers["content-type"]
            headers.setdefault("cache-control", "no-store")
            headers.setdefault("x-content-type-options", "nosniff")
            if self._product is None:
                headers["x-request-id"] = self._request_sid
            else:
                self._add_classic(headers)
        elif self._is_head:
            # The answer ends here: a stream that goes on would never end it, and is told so by its next receive.
            if self._is_done:
                return
            self._is_done = True
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def _add_classic(self, headers: MutableHeaders) -> None:
        headers["twilio-request-id"] = self._request_sid
        headers["twilio-request-duration"] = f"{self._clock() - self.started_at:.3f}"
        headers["twilio-concurrent-requests"] = str(self._concurrent)
        headers["x-api-domain"] = f"{self._product}.twilio.com"
        headers.update(_CORS)
