"""Requests as bytes: what careless clients send, what attackers do, and framing that two read in two ways.

Must not know what is asked: targets, hosts and credentials are given.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

# field names and values that mean something to some server
_NAMES = [
    b"Accept", b"Accept-Encoding", b"Authorization", b"Content-Encoding", b"Content-Type", b"Cookie", b"Expect",
    b"Forwarded", b"If-Match", b"If-None-Match", b"If-Range", b"Origin", b"Range", b"Referer", b"Sec-Fetch-Site",
    b"TE", b"Trailer", b"Upgrade", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Proto",
    b"X-HTTP-Method-Override", b"X-Original-URL", b"X-Twilio-Signature", b"I-Twilio-Idempotency-Token", b"HX-Request",
    b"Last-Event-ID",
]  # fmt: skip
_VALUES = [
    b"", b"*", b"*/*", b"0", b"-1", b"null", b"a" * 3000, b"gzip, deflate", b"bytes=0-0,1-1,2-2", b"bytes=-1",
    b"bytes=9-1", b"application/json", b"application/json; charset=utf-16", b"application/x-www-form-urlencoded",
    b"text/event-stream", b"multipart/form-data", b"multipart/form-data; boundary=x", b"Basic Og==", b"Basic ====",
    b"Bearer x.y.z", b"100-continue", b"websocket", b"h2c", b"http://evil.example", b"127.0.0.1", b"[::1",
    b"a=b; a=c; =; ;;", b"gettone=x; __Host-gettone=y", b"same-origin", b"cross-site", b"\xff\xfe", b'"',
    b"%0d%0aSet-Cookie: a=b", b"../../etc/passwd",
]  # fmt: skip
_METHODS = [
    b"GET",
    b"POST",
    b"HEAD",
    b"OPTIONS",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"TRACE",
    b"CONNECT",
    b"PRI",
    b"get",
    b"M-SEARCH",
]
_TURNS = [
    b"//", b"/./", b"/../", b"/%2e%2e/", b"/%2E%2E%2F", b"/..;/", b"/%00", b"/%", b"/%zz", b"/\xc3\xa9",
    b"/%c0%ae%c0%ae/", b"/%ff", b"?", b"#x", b"?a[b][c][d][e][f][g]=1", b"?a[]=1&a[]=2&a[999999999]=3",
    b"?__proto__[x]=1", b"?a=%", b"?&&&===", b"/@", b"/@localhost/", b"/@/..", b"\\..\\", b"/" + b"a" * 5000,
    b"?" + b"a=1&" * 1500, b";jsessionid=1", b"/.private", b".js", b"?PageSize=-1", b"?PageSize=99999999999999999999",
    b"?PageToken=%00", b"?Page=1e9",
]  # fmt: skip


@dataclass(frozen=True)
class RawRequest:
    """Bytes to send, in these pieces. `is_whole`: any reader of RFC 9112 sees one, which asks to close."""

    pieces: tuple[bytes, ...]
    is_whole: bool

    @property
    def sent(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


def _smuggled(first: bytes, rest: bytes) -> bytes:
    return b"POST {target} HTTP/1.1\r\nHost: {host}\r\n" + first + b"\r\n" + rest


_HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: {host}\r\n\r\n"

# RFC 9112 sections 6.3 and 11; CVE-2025-43859 (chunk ends that are not looked at)
CORPUS = [
    _smuggled(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding:\tchunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"X: y\r\n Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"X: y\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"X: y\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"2\r\nabXX1\r\nc\r\n0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"2;x=\ny\r\nab\r\n0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"0x2\r\nab\r\n0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"+2\r\nab\r\n0\r\n\r\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"FFFFFFFFFFFFFFFFF\r\nab\r\n0\r\n\r\n"),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"2\nab\n0\n\n" + _HIDDEN),
    _smuggled(b"Transfer-Encoding: chunked\r\n", b"0\r\nContent-Length: 9\r\nHost: evil.example\r\n\r\n" + _HIDDEN),
    _smuggled(b"Content-Length: 0\r\nContent-Length: 5\r\n", _HIDDEN),
    _smuggled(b"Content-Length: 5, 5\r\n", b"abcde" + _HIDDEN),
    _smuggled(b"Content-Length: +5\r\n", b"abcde" + _HIDDEN),
    _smuggled(b"Content-Length: 5 \r\nContent-Length: 05\r\n", b"abcde" + _HIDDEN),
    _smuggled(b"Content-Length: 99999999999999999999999\r\n", b"abcde"),
    _smuggled(b"Content-Length\x00: 5\r\n", b"abcde"),
    _smuggled(b"Content-Length: 5\x00\r\n", b"abcde"),
    _smuggled(b"\r\nContent-Length: 5\r\n", b"abcde"),
    _smuggled(b"Host: evil.example\r\n", b""),
    _smuggled(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"abcde" + _HIDDEN),
    _smuggled(b"Connection: content-length\r\nContent-Length: 5\r\n", b"abcde"),
    _smuggled(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", b""),
    b"GET {target} HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    b"GET {target}\r\n\r\n",
    b"GET {target} HTTP/0.9\r\n\r\n",
    b"GET {target} HTTP/1.1 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET  {target}  HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET\t{target}\tHTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET http://evil.example{target} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"GET {target} HTTP/1.1\nHost: {host}\n\n",
    b"GET {target} HTTP/1.1\r\nHost: {host}\r\n\n\r\n",
    b"GET {target} HTTP/1.1\r\nHost: {host}@evil.example\r\n\r\n",
    b"GET {target} HTTP/1.1\r\nHost: {host}, evil.example\r\n\r\n",
    b"GET {target} HTTP/1.1\r\nHost: {host}:99999999\r\n\r\n",
    b"GET {target} HTTP/2.0\r\nHost: {host}\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"\r\n\r\n\r\nGET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    b"\x00" * 64,
]


def corpus(target: bytes, host: bytes) -> list[RawRequest]:
    """The corpus, for one address."""
    return [RawRequest((each.replace(b"{target}", target).replace(b"{host}", host),), False) for each in CORPUS]


def bodies() -> st.SearchStrategy[tuple[bytes, bytes]]:
    """A body and the type that it says it is: right, wrong, deep, cut short."""
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=6,
    )
    identity = st.fixed_dictionaries({"identity": values})
    as_json = (values | identity).map(lambda value: (b"application/json", json.dumps(value).encode("utf-8", "replace")))
    as_form = st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=12)), max_size=5).map(
        lambda pairs: (b"application/x-www-form-urlencoded", b"&".join(b"=".join(pair) for pair in pairs))
    )
    as_parts = st.lists(st.binary(max_size=30), max_size=4).map(
        lambda parts: (
            b"multipart/form-data; boundary=x",
            b"".join(b'--x\r\nContent-Disposition: form-data; name="Path"\r\n\r\n' + part + b"\r\n" for part in parts)
            + b"--x--",
        )
    )
    odd = st.sampled_from([
        (b"application/json", b"[" * 20_000),
        (b"application/json", b'{"a":' * 20_000),
        (b"application/json", b'{"identity":"a","identity":"b"}'),
        (b"application/json", b"1e999"),
        (b"application/json", b"9" * 10_000),
        (b"application/json; charset=utf-16", '{"identity":"a"}'.encode("utf-16")),
        (b"application/json", b'{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}'),
        (b"application/x-www-form-urlencoded", b"a=1&" * 5000),
        (b"multipart/form-data", b"--x"),
        (b"text/plain", b"\x00" * 1000),
    ])  # fmt: skip
    anything = st.tuples(st.sampled_from([b"", b"a/b", b"text/plain", b"application/json"]), st.binary(max_size=60))
    return as_json | as_form | as_parts | odd | anything


@st.composite
def raw_requests(
    draw: st.DrawFn, targets: Sequence[bytes], hosts: Sequence[bytes], credentials: Sequence[bytes]
) -> RawRequest:
    """A message for one of these addresses."""
    target = draw(st.sampled_from(targets))
    if draw(st.integers(0, 3)) == 0:
        turn, at = draw(st.sampled_from(_TURNS)), draw(st.integers(0, len(target)))
        target = target[:at] + turn + target[at:]
    method = draw(st.sampled_from([b"GET", b"POST", *_METHODS]))
    lines = [b"Host: " + draw(st.sampled_from(hosts))]
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from(_VALUES) | st.binary(max_size=20).map(_printable))
        lines.append(draw(st.sampled_from(_NAMES)) + b": " + value)
    known = draw(st.sampled_from([b"", *credentials]))
    if known:
        lines.append(b"Authorization: Basic " + known)
    kind, body = draw(bodies()) if method not in (b"GET", b"HEAD") else (b"", b"")
    if kind:
        lines.append(b"Content-Type: " + kind)
    if body or method == b"POST":
        lines.append(b"Content-Length: %d" % len(body))
    lines.append(b"Connection: close")
    head = method + b" " + target + b" HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"
    # What follows a CONNECT is no body (RFC 9110, section 9.3.6).
    return RawRequest((head, body), method != b"CONNECT")


def variants(request: RawRequest, seed: int) -> list[RawRequest]:
    """The message itself; in two pieces that end anywhere; with a byte changed; with a line twice; cut short."""
    chance = random.Random(seed)
    head, body = request.pieces
    at, byte = chance.randrange(len(head)), chance.randbytes(1)
    lines = head.split(b"\r\n")
    lines.insert(1, chance.choice(lines[1:-2]))
    whole = head + body
    return [
        request,
        RawRequest((whole[:at], whole[at:]), request.is_whole),
        RawRequest((head[:at] + byte + head[at + 1 :] + body,), False),
        RawRequest((b"\r\n".join(lines) + body,), False),
        RawRequest((whole[: chance.randrange(len(whole))],), False),
    ]


def _printable(value: bytes) -> bytes:
    return bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F)
