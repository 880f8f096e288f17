"""What control and gateways say to each other: publications down, log lines and counts up. As values and as frames.

Frames are those of wire.frames: a JSON head, a raw body. The gateway speaks first, with `Follow`. Both ends are ours,
on a socket that only their user may open; yet either may be an older or a newer version, or broken: what is not
exactly as written here raises FeedError, and the connection ends. Must not know sockets, nor what is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

import msgspec

from gettone.wire.errors import GuestError
from gettone.wire.frames import FrameReader, encode_frame

VERSION = 1
SIGNATURE_BYTES = 64
BODY_BYTES_MAX = 64 << 20  # of a frame: a manifest or a segment is one frame
PIECE_BYTES_MAX = 1 << 20  # of a blob: what is urgent passes between two pieces
LINES_MAX = 10_000  # of one batch
LINES_BYTES_MAX = 8 << 20
COUNTS_MAX = 5000  # of one batch
COUNTS_BYTES_MAX = 8 << 20
BUCKETS_MAX = 100

Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Times = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]  # within a minute
Name = Annotated[str, msgspec.Meta(max_length=64)]
Remark = Annotated[str, msgspec.Meta(max_length=10_000)]


class FeedError(Exception):
    """The other end sent what cannot be read, or may not be said now: the connection must end."""


class Follow(msgspec.Struct, frozen=True, tag_field="type", tag="follow"):
    """A gateway is there. `have` is the newest revision that it holds, 0 for none."""

    have: Count
    version: int = VERSION


class WantSegment(msgspec.Struct, frozen=True, tag_field="type", tag="want_segment"):
    """A gateway has not got this segment."""

    digest: Digest


class WantBlob(msgspec.Struct, frozen=True, tag_field="type", tag="want_blob"):
    """A gateway has not got this content."""

    digest: Digest


class ServingProblem(msgspec.Struct, frozen=True):
    """Why an environment is not served as published: its code does not load, or its segment cannot be had.

    `message` is for people, and holds no secrets. Lines and columns count from 1.
    """

    environment_sid: Name
    message: Remark
    function: Remark | None = None
    file: Remark | None = None
    line: int | None = None
    column: int | None = None


class Served(msgspec.Struct, frozen=True, tag_field="type", tag="served"):
    """A gateway serves this revision from now on, with these problems."""

    revision: Count
    problems: Annotated[tuple[ServingProblem, ...], msgspec.Meta(max_length=100)] = ()


class Line(msgspec.Struct, frozen=True):
    """A log line. The gateway makes its `sid`: a line that is sent again is known by it."""

    sid: Name
    account_sid: Name
    service_sid: Name
    environment_sid: Name
    build_sid: Name | None
    deployment_sid: Name | None
    function_sid: Name | None
    request_sid: Name | None
    level: Literal["info", "warning", "error"]
    message: str
    is_platform: bool
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]


class Loss(msgspec.Struct, frozen=True):
    """How many lines of an environment a gateway had no room for."""

    account_sid: Name
    service_sid: Name
    environment_sid: Name
    count: Count


class Lines(msgspec.Struct, frozen=True):
    """Log lines, oldest first, and what was dropped since the batch before. Answered with `Kept`, in order."""

    lines: tuple[Line, ...]
    dropped: tuple[Loss, ...] = ()


class FunctionMinute(msgspec.Struct, frozen=True):
    """What a gateway answered for a function in a minute, in all, as far as it is over (model.request_counts).

    `gateway` is a name that it gives itself anew at each start: with the minute and the function it is what a later
    word replaces.
    """

    gateway: Name
    account_sid: Name
    service_sid: Name
    environment_sid: Name
    function_sid: Name
    started_at: Annotated[datetime, msgspec.Meta(tz=True)]
    client_errors: Times
    server_errors: Times
    refused: Times
    latency: Annotated[tuple[Times, ...], msgspec.Meta(max_length=BUCKETS_MAX)]


class Counts(msgspec.Struct, frozen=True):
    """How often functions answered. Answered with `Counted`; until then no other is sent."""

    number: int
    minutes: tuple[FunctionMinute, ...]


class Published(msgspec.Struct, frozen=True):
    """The newest manifest there is, and its signature."""

    revision: int
    signature: bytes
    manifest: bytes


class SegmentHere(msgspec.Struct, frozen=True):
    """A sealed segment; `found` is false, and the content empty, where control has not got it."""

    digest: str
    found: bool
    sealed: bytes


class BlobPiece(msgspec.Struct, frozen=True):
    """The next piece of a content. `found` is false, and it is the last, where control has not got it (any more)."""

    digest: str
    last: bool
    found: bool
    piece: bytes


class Kept(msgspec.Struct, frozen=True, tag_field="type", tag="kept"):
    """So many more lines, the oldest ones sent, are in the log store: the gateway may forget them."""

    count: Count


class Counted(msgspec.Struct, frozen=True, tag_field="type", tag="counted"):
    """The batch of counts with this number is in the log store."""

    number: Count


GatewayMessage = Follow | WantSegment | WantBlob | Served | Lines | Counts
ControlMessage = Published | SegmentHere | BlobPiece | Kept | Counted


class _LinesHead(msgspec.Struct, frozen=True, tag_field="type", tag="lines"):
    count: Annotated[int, msgspec.Meta(ge=0, le=LINES_MAX)]
    dropped: Annotated[tuple[Loss, ...], msgspec.Meta(max_length=LINES_MAX)] = ()


class _CountsHead(msgspec.Struct, frozen=True, tag_field="type", tag="counts"):
    number: Count


class _PublishedHead(msgspec.Struct, frozen=True, tag_field="type", tag="published"):
    revision: Count


class _SegmentHead(msgspec.Struct, frozen=True, tag_field="type", tag="segment"):
    digest: Digest
    found: bool


class _PieceHead(msgspec.Struct, frozen=True, tag_field="type", tag="blob"):
    digest: Digest
    last: bool
    found: bool


_write = msgspec.json.Encoder().encode
_GatewayHead = Follow | WantSegment | WantBlob | Served | _LinesHead | _CountsHead
_ControlHead = _PublishedHead | _SegmentHead | _PieceHead | Kept | Counted
_read_gateway_head: Callable[[bytes], _GatewayHead] = msgspec.json.Decoder(_GatewayHead).decode
_read_control_head: Callable[[bytes], _ControlHead] = msgspec.json.Decoder(_ControlHead).decode
_read_lines = msgspec.json.Decoder(tuple[Line, ...]).decode
_Minutes = Annotated[tuple[FunctionMinute, ...], msgspec.Meta(max_length=COUNTS_MAX)]
_read_minutes: Callable[[bytes], tuple[FunctionMinute, ...]] = msgspec.json.Decoder(_Minutes).decode

M = TypeVar("M")


def encode(message: GatewayMessage | ControlMessage) -> bytes:
    """The frame of a message."""
    match message:
        case Lines(lines, dropped):
            return encode_frame(_write(_LinesHead(len(lines), dropped)), _write(lines))
        case Counts(number, minutes):
            return encode_frame(_write(_CountsHead(number)), _write(minutes))
        case Published(revision, signature, manifest):
            return encode_frame(_write(_PublishedHead(revision)), signature + manifest)
        case SegmentHere(digest, found, sealed):
            return encode_frame(_write(_SegmentHead(digest, found)), sealed)
        case BlobPiece(digest, last, found, piece):
            return encode_frame(_write(_PieceHead(digest, last, found)), piece)
        case _:
            return encode_frame(_write(message))


class MessageReader(Generic[M]):
    """Cuts what the other end sends into messages. Bounded by one frame."""

    __slots__ = ("_decode", "_frames")

    def __init__(self, decode: Callable[[bytes, bytes], M]) -> None:
        self._decode = decode
        self._frames = FrameReader(body_bytes_max=BODY_BYTES_MAX)

    def feed(self, data: bytes) -> Iterator[M]:
        """Yield each message that is complete. Raises FeedError."""
        try:
            for head, body in self._frames.feed(data):
                yield self._decode(head, body)
        except GuestError as error:
            raise FeedError(str(error)) from None


def read_gateway() -> MessageReader[GatewayMessage]:
    """What control hears a gateway through."""
    return MessageReader(_decode_gateway)


def read_control() -> MessageReader[ControlMessage]:
    """What a gateway hears control through."""
    return MessageReader(_decode_control)


def _decode_gateway(head: bytes, body: bytes) -> GatewayMessage:
    try:
        said = _read_gateway_head(head)
        if isinstance(said, _CountsHead):
            _check(len(body) <= COUNTS_BYTES_MAX, "a batch of counts is over its bound")
            return Counts(said.number, _read_minutes(body))
        if not isinstance(said, _LinesHead):
            _check(not body, "this message has no body")
            return said
        _check(len(body) <= LINES_BYTES_MAX, "a batch of lines is over its bound")
        lines = _read_lines(body)
    except (ValueError, RecursionError) as error:
        # Without the error's text: it may quote a line.
        raise FeedError(f"a frame that cannot be read ({type(error).__name__})") from None
    _check(len(lines) == said.count, "a batch has not as many lines as it says")
    return Lines(lines, said.dropped)


def _decode_control(head: bytes, body: bytes) -> ControlMessage:
    try:
        said = _read_control_head(head)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"a frame that cannot be read ({type(error).__name__})") from None
    match said:
        case _PublishedHead(revision):
            _check(len(body) > SIGNATURE_BYTES, "a publication has no manifest")
            return Published(revision, body[:SIGNATURE_BYTES], body[SIGNATURE_BYTES:])
        case _SegmentHead(digest, found):
            return SegmentHere(digest, found, body)
        case _PieceHead(digest, last, found):
            _check(len(body) <= PIECE_BYTES_MAX, "a piece is over its bound")
            return BlobPiece(digest, last, found, body)
        case Kept() | Counted():
            _check(not body, "this message has no body")
            return said


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise FeedError(otherwise)
