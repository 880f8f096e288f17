"""Frames: where one ends, however the bytes arrive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.wire.errors import GuestError
from gettone.wire.frames import BODY_BYTES_MAX, HEAD_BYTES_MAX, LENGTHS, FrameReader, encode_frame

VECTORS = json.loads((Path(__file__).parents[1] / "contracts" / "wire" / "frames.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector_is_cut_into_its_head_and_body(vector: dict[str, str]) -> None:
    """The bytes of the page's examples mean what the page says."""
    pairs = list(FrameReader().feed(bytes.fromhex(vector["frame"])))

    assert [(json.loads(head), body.hex()) for head, body in pairs] == [(vector["head"], vector["body"])]


@given(st.lists(st.tuples(st.binary(max_size=50), st.binary(max_size=200)), max_size=8), st.integers(1, 40))
def test_frames_arrive_whole_in_any_pieces(frames: list[tuple[bytes, bytes]], size: int) -> None:
    """A stream may be cut anywhere; the frames come out as they went in, and nothing is left over."""
    stream = b"".join(encode_frame(head, body) for head, body in frames)
    reader = FrameReader()

    heard = [pair for at in range(0, len(stream), size) for pair in reader.feed(stream[at : at + size])]

    assert heard == frames
    assert reader.waiting_bytes == 0


@pytest.mark.parametrize("lengths", [(HEAD_BYTES_MAX + 1, 0), (2, BODY_BYTES_MAX + 1), (2**32 - 1, 2**32 - 1)])
def test_frame_over_its_bound_is_refused_before_it_arrives(lengths: tuple[int, int]) -> None:
    """A guest cannot make the host keep more than one frame's bound."""
    with pytest.raises(GuestError, match="over its bound"):
        list(FrameReader().feed(LENGTHS.pack(*lengths)))
