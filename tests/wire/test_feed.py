"""The feed's messages: what one end writes the other reads, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.wire.feed import (
    BODY_BYTES_MAX,
    BUCKETS_MAX,
    COUNTS_BYTES_MAX,
    COUNTS_MAX,
    LINES_MAX,
    PIECE_BYTES_MAX,
    BlobPiece,
    ControlMessage,
    Counted,
    Counts,
    FeedError,
    Follow,
    FunctionMinute,
    GatewayMessage,
    Kept,
    Line,
    Lines,
    Loss,
    Published,
    SegmentHere,
    Served,
    ServingProblem,
    WantBlob,
    WantSegment,
    encode,
    read_control,
    read_gateway,
)
from gettone.wire.frames import LENGTHS, encode_frame

DIGEST = "0123456789abcdef" * 4
LINE = Line(
    sid="NO1",
    account_sid="AC1",
    service_sid="ZS1",
    environment_sid="ZE1",
    build_sid="ZB1",
    deployment_sid=None,
    function_sid="ZH1",
    request_sid=None,
    level="warning",
    message='ein "Wörtchen"\nand \u2028 more',
    is_platform=False,
    created_at=datetime(2026, 11, 24, 9, 30, 0, 1, tzinfo=UTC),
)
MINUTE = FunctionMinute(
    gateway="0123456789abcdef",
    account_sid="AC1",
    service_sid="ZS1",
    environment_sid="ZE1",
    function_sid="ZH1",
    started_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    client_errors=1,
    server_errors=0,
    refused=2**31 - 1,
    latency=(0, 3, 2**31 - 1),
)
FROM_GATEWAY: list[GatewayMessage] = [
    Follow(0),
    Follow(2**40),
    WantSegment(DIGEST),
    WantBlob(DIGEST),
    Served(7),
    Served(7, (ServingProblem("ZE1", "does not load", "/a", "functions/a.py", 3, 5), ServingProblem("ZE2", "gone"))),
    Lines(()),
    Lines((LINE, LINE), (Loss("AC1", "ZS1", "ZE1", 12),)),
    Counts(1, ()),
    Counts(2**53, (MINUTE, MINUTE)),
]
FROM_CONTROL: list[ControlMessage] = [
    Published(7, b"s" * 64, b'{"format":1}'),
    SegmentHere(DIGEST, found=True, sealed=b"\0\1\2"),
    SegmentHere(DIGEST, found=False, sealed=b""),
    BlobPiece(DIGEST, last=False, found=True, piece=b"x" * PIECE_BYTES_MAX),
    BlobPiece(DIGEST, last=True, found=False, piece=b""),
    Kept(0),
    Kept(500),
    Counted(2**53),
]


def changed(**changes: Any) -> bytes:
    """The body of a batch of counts with something else in it."""
    return msgspec.json.encode((msgspec.structs.replace(MINUTE, **changes),))


@given(st.lists(st.sampled_from(FROM_GATEWAY), max_size=5), st.integers(1, 50))
def test_control_reads_what_a_gateway_writes_in_any_pieces(messages: list[GatewayMessage], size: int) -> None:
    """In order, however the bytes arrive."""
    stream = b"".join(map(encode, messages))
    reader = read_gateway()

    heard = [message for at in range(0, len(stream), size) for message in reader.feed(stream[at : at + size])]

    assert heard == messages


def test_gateway_reads_what_control_writes() -> None:
    """Bodies travel raw."""
    assert list(read_control().feed(b"".join(map(encode, FROM_CONTROL)))) == FROM_CONTROL


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_a_log_line(text: str) -> None:
    """Functions print what they like."""
    line = Line(**{name: getattr(LINE, name) for name in LINE.__struct_fields__} | {"message": text})

    assert list(read_gateway().feed(encode(Lines((line,))))) == [Lines((line,))]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"", b""),
        (b"null", b""),
        (b"[" * 100_000, b""),
        (b'{"type":"invoke"}', b""),
        (b'{"type":"follow"}', b""),
        (b'{"type":"follow","have":-1}', b""),
        (b'{"type":"follow","have":"1"}', b""),
        (b'{"type":"follow","have":1}', b"body"),
        (b'{"type":"want_blob","digest":"../../master.key"}', b""),
        (b'{"type":"want_segment","digest":"%s\\n"}' % DIGEST.encode(), b""),
        (b'{"type":"served","revision":1,"problems":[{}]}', b""),
        (b'{"type":"lines","count":1}', b"[]"),
        (b'{"type":"lines","count":0}', b""),
        (b'{"type":"lines","count":0}', b"{}"),
        (b'{"type":"lines","count":%d}' % (LINES_MAX + 1), b"[]"),
        (b'{"type":"lines","count":1}', b'[{"sid":"NO1"}]'),
        (b'{"type":"counts","number":1}', b""),
        (b'{"type":"counts","number":-1}', b"[]"),
        (b'{"type":"counts","number":1}', b'[{"gateway":"a"}]'),
        (b'{"type":"counts","number":1}', changed(refused=2**31)),
        (b'{"type":"counts","number":1}', changed(latency=(-1,))),
        (b'{"type":"counts","number":1}', changed(latency=(0,) * (BUCKETS_MAX + 1))),
        (b'{"type":"counts","number":1}', changed(started_at=datetime(2026, 11, 24))),  # noqa: DTZ001 that is the point
        (b'{"type":"counts","number":1}', b"[" + b",".join([changed()[1:-1]] * (COUNTS_MAX + 1)) + b"]"),
        (b'{"type":"counts","number":1}', b" " * (COUNTS_BYTES_MAX + 1)),
        (b'{"type":"counted","number":1}', b""),
        (b'{"type":"kept","count":1}', b""),
    ],
)
def test_control_refuses_anything_else_from_a_gateway(head: bytes, body: bytes) -> None:
    """The connection ends; nothing is guessed."""
    with pytest.raises(FeedError):
        list(read_gateway().feed(encode_frame(head, body)))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b'{"type":"published","revision":1}', b"s" * 64),
        (b'{"type":"published","revision":true}', b"s" * 70),
        (b'{"type":"segment","digest":"x","found":true}', b""),
        (b'{"type":"blob","digest":"%s","last":true,"found":true}' % DIGEST.encode(), b"x" * (PIECE_BYTES_MAX + 1)),
        (b'{"type":"kept","count":1}', b"body"),
        (b'{"type":"follow","have":1}', b""),
    ],
)
def test_gateway_refuses_anything_else_from_control(head: bytes, body: bytes) -> None:
    """As above, the other way round."""
    with pytest.raises(FeedError):
        list(read_control().feed(encode_frame(head, body)))


def test_frame_over_its_bound_is_refused_before_it_arrives() -> None:
    """Neither end can make the other keep more than one frame."""
    with pytest.raises(FeedError, match="over its bound"):
        list(read_gateway().feed(LENGTHS.pack(2, BODY_BYTES_MAX + 1)))


def test_log_line_without_a_time_zone_is_refused() -> None:
    """Two gateways may stand in two zones."""
    frame = encode(Lines((LINE,))).replace(b"000001Z", b"0000012")

    with pytest.raises(FeedError):
        list(read_gateway().feed(frame))


def test_what_cannot_be_read_is_not_told() -> None:
    """The error goes to a log; a line of a function may hold a secret."""
    frame = encode_frame(b'{"type":"lines","count":1}', b'[{"sid":"NO1","message":{"hunter2":1}}]')

    with pytest.raises(FeedError) as caught:
        list(read_gateway().feed(frame))

    assert "hunter2" not in str(caught.value)
