"""HTTP/1.1 answers out of bytes, however the packets cut them. No sockets, no clock; must not know requests."""

from __future__ import annotations

from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"
NO_BODY = frozenset({204, 304})


class MalformedAnswer(Exception):
    """Bytes that are no HTTP/1.1 answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer. ``closes``: the server will close the connection after it."""

    status: int
    body: bytes
    closes: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lay in an answer that had a Content-Length and keeps the connection.

    A server's next answers nearly always look the same. Bytes that fit are a whole answer with status 200; everything
    else goes through the reader.
    """

    total: int
    head: int
    line_from: int
    line_to: int
    line: bytes

    def fits(self, data: bytes) -> bool:
        """Tell whether the bytes are one whole answer of this layout. The load generator has this test inline."""
        return (
            len(data) == self.total
            and data.startswith(b"HTTP/1.1 200")
            and data.find(END_OF_HEAD) == self.head
            and data[self.line_from : self.line_to] == self.line
        )


class AnswerReader:
    """Reads the answer to one outstanding request.

    State: ``_data`` is what arrived and is not yet an answer; ``layout`` is that of the last answer, None when that had
    none.
    """

    def __init__(self) -> None:
        self._data = b""
        self.layout: Layout | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of an answer has arrived."""
        return not self._data

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes as they came; returns the answer when it is whole.

        Raises: MalformedAnswer, also for bytes beyond the answer, which nobody asked for.
        """
        self._data += data
        head_end = self._data.find(END_OF_HEAD)
        if head_end < 0:
            return None
        status, headers = _parse_head(self._data[:head_end])
        if 100 <= status < 200:
            rest, self._data = self._data[head_end + 4 :], b""
            return self.feed(rest) if rest else None
        start = head_end + 4
        closes = "close" in headers.get("connection", "").lower()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body, end = _parse_chunks(self._data, start)
            if body is None:
                return None
            self.layout = None
        elif "content-length" in headers or status in NO_BODY:
            end = start + (0 if status in NO_BODY else _parse_length(headers["content-length"]))
            if len(self._data) < end:
                return None
            body = self._data[start:end]
            self.layout = None if closes or status in NO_BODY else _layout(self._data[:end], head_end)
        else:
            return None  # the body ends with the connection
        if len(self._data) > end:
            raise MalformedAnswer("more bytes than the answer has")
        self._data = b""
        return Answer(status, body, closes)

    def close(self) -> Answer:
        """Take the end of the connection; returns the answer that only this could end.

        Raises: MalformedAnswer when an answer was cut off.
        """
        head_end = self._data.find(END_OF_HEAD)
        if head_end < 0:
            raise MalformedAnswer("the connection ended without an answer")
        status, headers = _parse_head(self._data[:head_end])
        if "content-length" in headers or "transfer-encoding" in headers:
            raise MalformedAnswer("the connection ended inside an answer")
        body, self._data, self.layout = self._data[head_end + 4 :], b"", None
        return Answer(status, body, closes=True)


def _parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status, and headers by their names in lower case; the last of several with one name counts."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not (status.isascii() and status.isdigit() and len(status) == 3):
        raise MalformedAnswer(f"no status line: {first[:60]!r}")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedAnswer(f"no header: {line[:60]!r}")
        headers[name.lower()] = value.strip()
    return int(status), headers


def _parse_length(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise MalformedAnswer(f"no Content-Length: {text[:60]!r}")
    return int(text)


def _parse_chunks(data: bytes, at: int) -> tuple[bytes | None, int]:
    """Body of chunks and where it ends; None while a part of it is missing. Trailers are skipped."""
    chunks: list[bytes] = []
    while (line_end := data.find(b"\r\n", at)) >= 0:
        try:
            size = int(data[at:line_end].split(b";")[0], 16)
        except ValueError:
            raise MalformedAnswer("a chunk has no size") from None
        at = line_end + 2
        if size == 0:
            return _skip_trailers(data, at, b"".join(chunks))
        if len(data) < at + size + 2:
            break
        if data[at + size : at + size + 2] != b"\r\n":
            raise MalformedAnswer("a chunk is longer than it says")
        chunks.append(data[at : at + size])
        at += size + 2
    return None, at


def _skip_trailers(data: bytes, at: int, body: bytes) -> tuple[bytes | None, int]:
    while (line_end := data.find(b"\r\n", at)) >= 0:
        if line_end == at:
            return body, line_end + 2
        at = line_end + 2
    return None, at


def _layout(data: bytes, head_end: int) -> Layout:
    line_from = data.lower().index(b"\r\ncontent-length:") + 2
    line_to = data.index(b"\r\n", line_from)
    return Layout(len(data), head_end, line_from, line_to, data[line_from:line_to])
