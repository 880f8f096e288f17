"""HTTP answers, cut in any way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.answers import Answer, AnswerReader, MalformedAnswer

PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"a": "bc"}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{"a"\r\n7\r\n: "bc"}\r\n0\r\nX: y\r\n\r\n'
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n" + b'{"a": "bc"}'
UNTIL_END = b"HTTP/1.0 200 OK\r\n\r\n" + b'{"a": "bc"}'
BODY = b'{"a": "bc"}'


def read(parts: list[bytes]) -> list[Answer]:
    """Feed parts to one reader; returns the answers that came out."""
    reader = AnswerReader()
    return [answer for part in parts if (answer := reader.feed(part)) is not None]


def cut(data: bytes, places: set[int]) -> list[bytes]:
    """Cut bytes at some places."""
    edges = [0, *sorted(place for place in places if 0 < place < len(data)), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize(("data", "closes"), [(PLAIN, False), (CHUNKED, False), (CLOSING, True)])
@given(places=st.sets(st.integers(1, 120)))
def test_packets_do_not_change_an_answer(data: bytes, closes: bool, places: set[int]) -> None:
    """However the bytes are cut, the same one answer comes out, with the last of them."""
    assert read(cut(data, places)) == [Answer(200, BODY, closes)]


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_answer_is_not_whole_before_its_last_byte(data: bytes) -> None:
    """One missing byte is a missing answer."""
    assert read([data[:-1]]) == []


def test_interim_answer_is_skipped() -> None:
    """100 Continue is no answer."""
    assert read([b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN]) == [Answer(200, BODY, False)]


def test_answer_without_body_is_whole_after_its_head() -> None:
    """204 has no Content-Length and waits for nothing."""
    assert read([b"HTTP/1.1 204 No Content\r\n\r\n"]) == [Answer(204, b"", False)]


def test_end_of_connection_ends_a_body_without_length() -> None:
    """HTTP/1.0 servers say where the body ends by closing."""
    reader = AnswerReader()

    assert reader.feed(UNTIL_END) is None
    assert reader.close() == Answer(200, BODY, closes=True)


@pytest.mark.parametrize("data", [b"", PLAIN[:30], PLAIN[:-1], CHUNKED[:-1]])
def test_answer_that_is_cut_off_is_an_error(data: bytes) -> None:
    """A connection that ends inside an answer, or before it, gave none."""
    reader = AnswerReader()
    reader.feed(data)

    with pytest.raises(MalformedAnswer):
        reader.close()


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        PLAIN + b"x",
    ],
)
def test_what_is_no_answer_is_an_error(data: bytes) -> None:
    """Bytes that are no HTTP, and bytes that nobody asked for."""
    with pytest.raises(MalformedAnswer):
        AnswerReader().feed(data)


def test_layout_of_an_answer_fits_the_next_one() -> None:
    """Another body and another date in the same places are recognised without reading."""
    reader = AnswerReader()
    reader.feed(PLAIN)

    assert reader.layout is not None
    assert reader.layout.fits(PLAIN.replace(b"bc", b"de"))


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:-1],
        PLAIN + b"x",
        PLAIN.replace(b"200", b"500"),
        PLAIN.replace(b": 11", b": 99"),
        PLAIN.replace(b"json\r\n", b"j\r\n\r\n\r\n"),
    ],
)
def test_layout_fits_nothing_else(data: bytes) -> None:
    """Another status, length or head goes the long way."""
    reader = AnswerReader()
    reader.feed(PLAIN)

    assert reader.layout is not None
    assert not reader.layout.fits(data)


@pytest.mark.parametrize("data", [CHUNKED, CLOSING])
def test_answer_that_is_read_the_long_way_has_no_layout(data: bytes) -> None:
    """Chunks have no fixed place, and the end of a connection must not be missed."""
    reader = AnswerReader()
    reader.feed(data)

    assert reader.layout is None
