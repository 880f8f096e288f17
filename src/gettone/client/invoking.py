"""Calling a function as its callers do, and what it answered. Knows no credentials: what is signed comes signed.

Names below localhost are this machine, whether its resolver says so or not (RFC 6761, 6.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from gettone.client.faults import silence
from gettone.model.errors import PlatformError

SECONDS = 330.0  # beyond what any function is given
BODY_BYTES_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `request_sid` is what its log lines are under; None where somebody else answered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @property
    def request_sid(self) -> str | None:
        """The SID of the request, in the log."""
        return next((value for name, value in self.headers if name.lower() == "x-request-id"), None)


def invoke(base_url: str, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Answer:
    """Call a function. Raises PlatformError `unavailable` where nobody answers, `too_large` for endless answers."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    is_here = host == "localhost" or host.endswith(".localhost")
    place = f"127.0.0.1:{parts.port}" if is_here and parts.port else "127.0.0.1" if is_here else parts.netloc
    sent = {**headers, "host": parts.netloc}
    try:
        with (
            httpx2.Client(timeout=SECONDS, trust_env=not is_here) as client,
            client.stream(
                method,
                f"{parts.scheme}://{place}{target}",
                headers=sent,
                content=content or None,
                extensions={"sni_hostname": host},
            ) as response,
        ):
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > BODY_BYTES_MAX:
                    raise PlatformError("too_large", f"{base_url} answers with more than {BODY_BYTES_MAX >> 20} MiB")
            return Answer(
                response.status_code, response.reason_phrase, tuple(response.headers.multi_items()), bytes(body)
            )
    except httpx2.TransportError as error:
        is_sent = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
        raise silence(base_url, error, SECONDS, sent=is_sent) from error
