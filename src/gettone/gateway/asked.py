"""What was asked: the parts of a request's head that decide its answer. Must not know answers, or who gives them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import httptools
import msgspec

from gettone.gateway.asgi import Scope

Headers = list[tuple[bytes, bytes]]
# Sends an answer: status, headers, body.
Reply = Callable[[int, Headers, bytes], None]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})


class Asked(msgspec.Struct, frozen=True, gc=False):
    """The head of a request. Header names are lower-case; `path` is decoded, `raw_path` and `query` are not."""

    http_version: str
    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: Headers
    client: tuple[str, int] | None

    @property
    def host_name(self) -> str:
        """The host that was asked for: lower-case, without port."""
        for name, value in self.headers:
            if name == b"host":
                text = value.decode("latin-1").lower()
                return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]
        return ""

    @property
    def is_local(self) -> bool:
        """Whether who asks sits at this machine: loopback peer, loopback Host, nothing in between."""
        return (
            self.client is not None
            and self.client[0] in ("127.0.0.1", "::1")
            and self.host_name in LOOPBACK_NAMES
            and not any(name in FORWARDED for name, _ in self.headers)
        )


def read_target(target: bytes) -> tuple[str, bytes, bytes]:
    """The path, the path as it came, and the query of a request's target. Raises ValueError or HttpParserError."""
    if target[:1] == b"/" and b"#" not in target:
        # Nearly all are so, and need no parser of URLs to be cut in two.
        raw_path, _, query = target.partition(b"?")
    else:
        url = httptools.parse_url(target)
        raw_path, query = url.path, url.query or b""
    path = raw_path.decode("ascii")
    return unquote(path) if "%" in path else path, raw_path, query


def read_scope(scope: Scope) -> Asked:
    """What an ASGI scope says of it."""
    return Asked(
        scope["http_version"],
        scope["method"],
        scope["path"],
        scope["raw_path"],
        scope["query_string"],
        scope["headers"],
        scope["client"],
    )
