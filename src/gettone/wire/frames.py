"""Where a frame ends: bytes to (head, body) pairs and back. Knows neither messages nor sockets.

A frame is two unsigned big-endian lengths, a JSON head and a raw body (docs/wire.md).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gettone.wire.errors import GuestError

LENGTHS = struct.Struct(">II")
HEAD_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 8 << 20


def encode_frame(head: bytes, body: bytes = b"") -> bytes:
    """One frame on the wire."""
    return LENGTHS.pack(len(head), len(body)) + head + body


class FrameReader:
    """Cuts a stream of bytes into frames.

    State: the bytes of the frame that has not arrived whole. Bounded by one frame and one read.
    """

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield each (head, body) that is complete. Raises GuestError where a length is over its bound."""
        buffer = self._buffer + data if self._buffer else data
        start = 0
        size = len(buffer)
        while size - start >= 8:
            head_bytes, body_bytes = LENGTHS.unpack_from(buffer, start)
            if head_bytes > HEAD_BYTES_MAX or body_bytes > BODY_BYTES_MAX:
                raise GuestError(f"a frame of {head_bytes} and {body_bytes} bytes is over its bound")
            head_end = start + 8 + head_bytes
            end = head_end + body_bytes
            if end > size:
                break
            yield buffer[start + 8 : head_end], buffer[head_end:end]
            start = end
        self._buffer = buffer[start:]

    @property
    def waiting_bytes(self) -> int:
        """How much of an unfinished frame has arrived."""
        return len(self._buffer)
